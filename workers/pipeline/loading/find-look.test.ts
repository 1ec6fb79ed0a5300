import { describe, expect, it } from 'vitest';

import { writeSafetensorsHeader } from '../../checkpoint/tensor-files/safetensors-writer.ts';
import {
  adaptedCheckpoint,
  adapterKinds,
  changedAdapter,
  h94Repository,
  lookFile,
  lookRepository,
} from '../../testing/reference/look-files.ts';
import { readReferenceFile } from '../../testing/reference/reference-file.ts';
import { layoutCheckpoint } from './checkpoint.ts';
import { openFolder } from '../../weights/sources/folder-source.ts';
import { parseUNetConfig } from '../../graph/config/unet-config.ts';
import { findLook, type LookChoice } from './find-look.ts';
import { findParts } from './find-parts.ts';
import { findPreprocessors } from './find-preprocessors.ts';

const checkpoint = await adaptedCheckpoint();
const h94 = await h94Repository();
const unet = parseUNetConfig(await checkpoint.json('unet/config.json'));
const find = async (look: LookChoice) => {
  const { lender: lookLender, ...found } = await findLook(checkpoint, unet, look);
  return { found, lookLender };
};
const fromHub = (path: string): LookChoice['adapter'] => ({ checkpoint: h94, path });
const beside: LookChoice['encoder'] = { kind: 'adapter' };
const ofH94: LookChoice['encoder'] = { kind: 'from', checkpoint: h94, path: 'models/image_encoder' };

describe('an IP-Adapter', () => {
  it.each(adapterKinds)('that is %s is found in a repository with the image encoder beside it', async (kind) => {
    const { found, lookLender } = await find({ adapter: fromHub(`models/${kind}.safetensors`), encoder: beside });
    expect(lookLender).toBe(h94);
    expect(found.ipAdapter?.usedTensors.size).toBe(found.ipAdapter?.files.table.size);
    expect(found.lookImageEncoder?.config.features).toBe(kind === 'plain' ? 'pooled' : 'penultimate');
    const unread = [...(found.lookImageEncoder?.files.table.keys() ?? [])].filter(
      (name) => found.lookImageEncoder?.usedTensors.has(name) !== true,
    );
    expect(unread.some((name) => name.includes('encoder.layers.2.'))).toBe(kind !== 'plain');
  });

  it('is looked for only where one was chosen', async () => {
    const none = { imageEncoder: null, vae: null, tiny: null, projector: null };
    const { found } = await findParts(checkpoint, { ...none, look: null });
    expect([found.ipAdapter, found.lookImageEncoder]).toEqual([null, null]);
    const look = { adapter: fromHub('models/plus.safetensors'), encoder: beside };
    const chosen = await findParts(checkpoint, { ...none, look });
    expect([chosen.found.ipAdapter?.id, chosen.found.lookImageEncoder?.id, chosen.lookLender]).toEqual([
      'ipAdapter',
      'lookImageEncoder',
      h94,
    ]);
  });

  it('may be a file, and its image encoder another repository’s folder, the usual one, or a file of it', async () => {
    const file = await lookFile('plus.safetensors');
    for (const path of ['models/image_encoder', 'models/image_encoder/', null]) {
      const { found } = await find({ adapter: file, encoder: { kind: 'from', checkpoint: h94, path } });
      expect(found.lookImageEncoder?.files.weights.name).toBe('models/image_encoder/model.safetensors');
      expect([found.ipAdapter?.origin, found.lookImageEncoder?.origin]).toEqual([null, h94]);
    }
  });

  it('finds its encoder where a repository holds nothing else', async () => {
    const alone = await lookRepository({
      'config.json': 'image_encoder/config.json',
      'model.safetensors': 'image_encoder/model.safetensors',
    });
    const adapterFile = await lookFile('plus.safetensors');
    const { found } = await find({ adapter: adapterFile, encoder: { kind: 'from', checkpoint: alone, path: null } });
    expect(found.lookImageEncoder?.files.weights.name).toBe('model.safetensors');
  });

  it('has pictures made ready as its image encoder’s folder says', async () => {
    const { found, lookLender } = await find({ adapter: fromHub('models/plus.safetensors'), encoder: beside });
    const lenders = { imageEncoder: null, lookImageEncoder: lookLender };
    const parts = { ...found, imageEncoder: null, safetyChecker: null };
    const { lookImageEncoder, imageEncoder } = await findPreprocessors(parts, checkpoint, lenders);
    expect(lookImageEncoder).toMatchObject({ image_mean: [0.5, 0.5, 0.5], crop_size: { height: 12, width: 12 } });
    expect(imageEncoder.image_mean).not.toEqual([0.5, 0.5, 0.5]);
  });
});

describe('an IP-Adapter that does not fit is refused by name', () => {
  it.each<readonly [string, Readonly<Record<string, readonly number[] | null>>, RegExp]>([
    ['one layer too many', { 'ip_adapter.9.to_k_ip.weight': [64, 32] }, /has 5 layers, and the network has 4/],
    [
      'another order',
      { 'ip_adapter.7.to_k_ip.weight': [32, 32], 'ip_adapter.5.to_k_ip.weight': [64, 32] },
      /layer 5 has 64 channels, and up_blocks\.1\.attentions\.1\S* has 32/,
    ],
    ['other numbers', { 'ip_adapter.7.to_k_ip.weight': null, 'ip_adapter.8.to_k_ip.weight': [64, 32] }, /no layer 7/],
    [
      'tokens of another width',
      { 'image_proj.proj.weight': [64, 24], 'image_proj.norm.weight': [16] },
      /tokens of 16 numbers, and the network reads 32/,
    ],
  ])('to the network: %s', async (_, changes, message) => {
    const error = (await find({ adapter: await changedAdapter('plain', changes), encoder: ofH94 }).catch(
      (thrown: unknown) => thrown,
    )) as Error;
    expect(error).toMatchObject({ code: 'bad-adapter' });
    expect(error.message).toMatch(message);
    expect(error.message).toContain('changed.safetensors');
  });

  it.each([
    ['plain', 'reads image features of 24 numbers, but the image encoder'],
    ['plus', 'reads image features of 40 numbers, but the image encoder'],
  ])('to the image encoder: %s', async (kind, message) => {
    const choice = { adapter: await lookFile(`${kind}.safetensors`), encoder: { kind: 'checkpoint' } } as const;
    await expect(find(choice)).rejects.toMatchObject({
      code: 'bad-adapter',
      message: expect.stringContaining(message) as string,
    });
  });

  it('inside: a tensor that is missing, of another shape, or unknown', async () => {
    for (const [changes, code] of [
      [{ 'ip_adapter.3.to_v_ip.weight': null }, 'missing-tensor'],
      [{ 'ip_adapter.3.to_v_ip.weight': [32, 31] }, 'tensor-shape'],
      [{ 'image_proj.pos_emb.weight': [4, 4] }, 'extra-tensor'],
    ] as const)
      await expect(find({ adapter: await changedAdapter('plain', changes), encoder: ofH94 })).rejects.toMatchObject({
        code,
      });
  });

  it('a path that the repository does not have', async () => {
    await expect(find({ adapter: fromHub('plus.safetensors'), encoder: beside })).rejects.toMatchObject({
      code: 'file-not-found',
      message: expect.stringContaining('has no file plus.safetensors') as string,
    });
  });

  it('no image encoder where it should be, with the places that were looked at', async () => {
    const bare = await lookRepository({ 'sub/plus.safetensors': 'plus.safetensors' });
    const choice = { adapter: { checkpoint: bare, path: 'sub/plus.safetensors' }, encoder: beside };
    await expect(find(choice)).rejects.toMatchObject({
      code: 'file-not-found',
      message: expect.stringMatching(
        /neither sub\/image_encoder\/config\.json nor image_encoder\/config\.json/,
      ) as string,
    });
  });
});

describe('an image encoder in one file, without a config', () => {
  /** Zeros in the shapes of a CLIP vision tower. */
  function tower(width: number, { layers = 3, patch = 14, edge = 28, projection = 24 } = {}): File {
    const shapes: Record<string, readonly number[]> = {
      'vision_model.embeddings.class_embedding': [width],
      'vision_model.embeddings.patch_embedding.weight': [width, 3, patch, patch],
      'vision_model.embeddings.position_embedding.weight': [(edge / patch) ** 2 + 1, width],
      'visual_projection.weight': [projection, width],
    };
    for (const norm of ['pre_layrnorm', 'post_layernorm'])
      for (const kind of ['weight', 'bias']) shapes[`vision_model.${norm}.${kind}`] = [width];
    for (let layer = 0; layer < layers; layer++) {
      const start = `vision_model.encoder.layers.${layer}`;
      for (const kind of ['weight', 'bias'])
        for (const norm of ['layer_norm1', 'layer_norm2']) shapes[`${start}.${norm}.${kind}`] = [width];
      for (const [module, outputs, inputs] of [
        ['self_attn.q_proj', width, width],
        ['self_attn.k_proj', width, width],
        ['self_attn.v_proj', width, width],
        ['self_attn.out_proj', width, width],
        ['mlp.fc1', 8, width],
        ['mlp.fc2', width, 8],
      ] as const) {
        shapes[`${start}.${module}.weight`] = [outputs, inputs];
        shapes[`${start}.${module}.bias`] = [outputs];
      }
    }
    const { header, size } = writeSafetensorsHeader(
      Object.entries(shapes).map(([name, shape]) => ({ name, dtype: 'F16', shape }) as const),
    );
    return new File([header, new Uint8Array(size - header.length)], 'CLIP.safetensors');
  }
  const findWith = async (file: File) =>
    (await find({ adapter: await lookFile('plain.safetensors'), encoder: { kind: 'file', file } })).found
      .lookImageEncoder?.config;

  it('is ViT-H where it is 1280 wide: heads of 80 numbers and the exact GELU', async () => {
    expect(await findWith(tower(1280, { layers: 1 }))).toMatchObject({
      hidden_size: 1280,
      num_attention_heads: 16,
      num_hidden_layers: 1,
      patch_size: 14,
      image_size: 28,
      projection_dim: 24,
      hidden_act: 'gelu',
    });
  });

  it('has heads of 64 numbers elsewhere', async () => {
    expect(await findWith(tower(128))).toMatchObject({ num_attention_heads: 2, num_hidden_layers: 3 });
  });

  it('may lie in a repository, under any name', async () => {
    const repository = layoutCheckpoint(openFolder('someone/fp16', [{ path: 'a/CLIP.safetensors', file: tower(128) }]));
    const encoder = { kind: 'from', checkpoint: repository, path: 'a/CLIP.safetensors' } as const;
    const { found, lookLender } = await find({ adapter: await lookFile('plain.safetensors'), encoder });
    expect(found.lookImageEncoder?.config.hidden_size).toBe(128);
    expect(lookLender).toBe(repository);
  });

  it.each([
    ['a tower whose heads are not known', () => tower(40)],
    ['another file', async () => new File([await readReferenceFile('look/plain.safetensors')], 'plain.safetensors')],
  ])('is refused where it is %s', async (_, file) => {
    await expect(findWith(await file())).rejects.toMatchObject({ code: 'unsupported-config' });
  });
});
