import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import type { ModelFileKind } from '../../contract/file-kinds.ts';
import { formatsFile, memorySource } from '../../testing/reference/formats-reference.ts';
import { modelFileKind } from './file-kind.ts';
import { writeSafetensorsHeader } from '../tensor-files/safetensors-writer.ts';

const data = new URL('../../reference/data/', import.meta.url);

describe('modelFileKind', () => {
  it.each([
    ['single-file/conv-projection.safetensors', 'checkpoint'],
    ['lora/kohya.safetensors', 'lora'],
    ['lora/peft.safetensors', 'lora'],
    ['lora/old-diffusers.safetensors', 'lora'],
    ['lora/old-diffusers.bin', 'lora'],
    ['projector/lincir.pt', 'projector'],
    ['projector/pic2word.pt', 'projector'],
    ['projector/searle.safetensors', 'projector'],
    ['textual-inversion/a1111.pt', 'embedding'],
    ['textual-inversion/original.pt', 'embedding'],
    ['textual-inversion/learned_embeds.bin', 'embedding'],
    ['textual-inversion/alone.pt', 'embedding'],
    ['textual-inversion/learned_embeds.safetensors', 'embedding'],
    ['textual-inversion/emb.safetensors', 'embedding'],
    ['textual-inversion/sdxl.safetensors', 'embedding'],
  ])('%s is a %s', async (name, kind) => {
    expect(await modelFileKind(await formatsFile(name))).toBe(kind);
  });

  it('knows the weights of a projector of our own format', async () => {
    const bytes = new Uint8Array(await readFile(new URL('projectors/own/model.safetensors', data)));
    expect(await modelFileKind(memorySource('model.safetensors', bytes))).toBe('projector');
  });

  it.each(['plain.safetensors', 'plus.safetensors', 'full-face.safetensors', 'full-face.bin'])(
    'knows the IP-Adapter %s',
    async (name) => {
      const bytes = new Uint8Array(await readFile(new URL(`look/${name}`, data)));
      expect(await modelFileKind(memorySource(name, bytes))).toBe('ipAdapter');
    },
  );

  it.each(['published/diffusion_pytorch_model.safetensors', 'taesd_encoder.safetensors', 'taesd_decoder.safetensors'])(
    'knows the tiny autoencoder %s',
    async (name) => {
      const bytes = new Uint8Array(await readFile(new URL(`tiny-autoencoder/${name}`, data)));
      expect(await modelFileKind(memorySource(name, bytes))).toBe('tinyAutoencoder');
    },
  );

  it.each<readonly [string, Readonly<Record<string, readonly number[]>>, ModelFileKind]>([
    ['no tensor', {}, 'checkpoint'],
    ['one vector', { '<toy>': [8] }, 'embedding'],
    ['several vectors', { '<toy>': [2, 8] }, 'embedding'],
    ['a tensor of rank 3, which is no vector', { weight: [1, 2, 8] }, 'checkpoint'],
    ['two tensors without a name that tells', { a: [8], b: [8] }, 'checkpoint'],
    ['vectors of ComfyUI with more beside them', { clip_l: [1, 8], step: [1] }, 'embedding'],
    ['vectors for SDXL', { clip_g: [1, 8], other: [1, 8] }, 'embedding'],
    ['vectors of A1111 as safetensors', { emb_params: [1, 8], other: [1, 8] }, 'embedding'],
    ['parts that others have too', { 'norm.alpha': [1], 'norm.weight': [1], 'norm.rescale': [1] }, 'checkpoint'],
    ['a part that only LoRA files have', { 'x.hada_w1_a': [1], y: [1] }, 'lora'],
    ['a method that is not supported', { 'x.vera_lambda_d': [1], y: [1] }, 'lora'],
    ["kohya's text encoder", { lora_te1_x: [1], y: [1] }, 'lora'],
    ["kohya's OFT", { oft_unet_x: [1], y: [1] }, 'lora'],
    ["LyCORIS' own prefix", { lycoris_x: [1], y: [1] }, 'lora'],
    ['a checkpoint with a LoRA packed in', { 'model.diffusion_model.x': [1], lora_unet_x: [1] }, 'checkpoint'],
  ])('tells %s by names and shapes', async (_, shapes, kind) => {
    const specs = Object.entries(shapes).map(([name, shape]) => ({ name, dtype: 'F32', shape }) as const);
    const { header, size } = writeSafetensorsHeader(specs);
    const bytes = new Uint8Array(size);
    bytes.set(header);
    expect(await modelFileKind(memorySource('some.safetensors', bytes))).toBe(kind);
  });

  it('takes a FaceID adapter for an IP-Adapter, whose reader names it', async () => {
    const names = ['image_proj.norm.weight', 'ip_adapter.0.to_q_lora.down.weight'];
    const { header, size } = writeSafetensorsHeader(
      names.map((name) => ({ name, dtype: 'F32', shape: [1, 1] }) as const),
    );
    const bytes = new Uint8Array(size);
    bytes.set(header);
    expect(await modelFileKind(memorySource('faceid.safetensors', bytes))).toBe('ipAdapter');
  });

  it.each([
    ['GLoRA', 'lora_unet_mid_block_attn1_to_q.a1.weight'],
    ['IA3', 'lora_unet_mid_block_attn1_to_q.on_input'],
    ["peft's IA3", 'unet.mid_block.attn1.to_k.ia3_l'],
    ['a LoRA with an adapter name', 'unet.mid_block.attn1.to_q.lora_A.style.weight'],
    ['a method of tomorrow', 'lycoris_unet_mid_block_attn1_to_q.novel'],
  ])('takes %s for a LoRA, whose reader names the method, and not for a model', async (_, name) => {
    const specs = [name, 'second'].map((tensor) => ({ name: tensor, dtype: 'F32', shape: [1, 1, 1] }) as const);
    const { header, size } = writeSafetensorsHeader(specs);
    const bytes = new Uint8Array(size);
    bytes.set(header);
    expect(await modelFileKind(memorySource('style.safetensors', bytes))).toBe('lora');
  });

  it('hands a file of another family to the reader of checkpoints, which names it', async () => {
    const bytes = new Uint8Array(await readFile(new URL('sd15/unet/diffusion_pytorch_model.safetensors', data)));
    expect(await modelFileKind(memorySource('unet.safetensors', bytes))).toBe('checkpoint');
  });

  it('refuses what is neither', async () => {
    await expect(
      modelFileKind(memorySource('notes.safetensors', new TextEncoder().encode('only some text'))),
    ).rejects.toMatchObject({ code: 'bad-safetensors' });
    await expect(modelFileKind(await formatsFile('torch/everything.pt'))).rejects.toMatchObject({
      code: 'bad-checkpoint-file',
    });
    await expect(modelFileKind(await formatsFile('textual-inversion/list.pt'))).rejects.toMatchObject({
      code: 'bad-pickle',
    });
  });
});
