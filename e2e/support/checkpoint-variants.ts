import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { blobSource } from '../../workers/checkpoint/bytes/byte-source.ts';
import { readSafetensors, writeSafetensorsHeader } from '../../workers/checkpoint/tensor-files/safetensors.ts';
import type { TensorDtype } from '../../workers/checkpoint/tensors/tensor-table.ts';
import { torchFileOf } from '../../workers/testing/files/torch-writer.ts';

const reference = 'workers/reference/data';

interface Tensor {
  readonly dtype: TensorDtype;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

/** Copies the tiny checkpoint, without its reference numbers. */
export async function copyTiny(folder: string): Promise<void> {
  await cp(join(reference, 'sd15'), folder, { recursive: true, filter: (path) => !path.endsWith('/reference') });
}

/** Writes a safetensors file again with some of its tensors changed, or left out. */
async function rewrite(
  from: string,
  to: string,
  change: (name: string, tensor: Tensor) => Tensor | null,
): Promise<void> {
  const file = new Uint8Array(await readFile(from));
  const { table } = await readSafetensors(blobSource(from, new Blob([file])));
  const tensors = [...table].flatMap(([name, { dtype, shape, offset, length }]) => {
    const changed = change(name, { dtype, shape, bytes: file.subarray(offset, offset + length) });
    return changed === null ? [] : [{ name, ...changed }];
  });
  const { header } = writeSafetensorsHeader(tensors);
  await mkdir(dirname(to), { recursive: true });
  await writeFile(to, [header, ...tensors.map(({ bytes }) => bytes)]);
}

/** Repeats the rows of a matrix until it has this many. */
function moreRows({ dtype, shape, bytes }: Tensor, rows: number): Tensor {
  const [, width = 0] = shape;
  const longer = new Uint8Array((rows * bytes.length) / (shape[0] ?? 1));
  for (let offset = 0; offset < longer.length; offset += bytes.length)
    longer.set(bytes.subarray(0, longer.length - offset), offset);
  return { dtype, shape: [rows, width], bytes: longer };
}

const vocabulary = 'token_embedding.weight';

/** Gives a checkpoint token embeddings that no caption uses: the same pictures, but a download of several parts. */
export async function enlargeVocabulary(folder: string, rows: number): Promise<void> {
  const weights = join(folder, 'text_encoder/model.safetensors');
  await rewrite(weights, weights, (name, tensor) => (name.endsWith(vocabulary) ? moreRows(tensor, rows) : tensor));
  await changeConfig(join(folder, 'text_encoder/config.json'), { vocab_size: rows });
}

/** The width of the tiny checkpoint's words. */
const tinyWidth = 32;

/**
 * Repeats a tensor of f32 along axes of the words' width until they have this one.
 * @param axes which of them
 * @param isRead whether the last axis is what a layer reads: it then takes the mean of what is repeated
 */
function widened({ dtype, shape, bytes }: Tensor, width: number, axes: readonly number[], isRead: boolean): Tensor {
  const times = (axis: number): number => (axes.includes(axis) && shape[axis] === tinyWidth ? width / tinyWidth : 1);
  const [rows, columns] = shape.length === 1 ? [1, shape[0] ?? 0] : [shape[0] ?? 0, shape[1] ?? 0];
  const [down, across] = shape.length === 1 ? [1, times(0)] : [times(0), times(1)];
  const values = new Float32Array(bytes.slice().buffer);
  const wide = new Float32Array(values.length * down * across);
  for (let row = 0; row < rows * down; row++) {
    for (let column = 0; column < columns * across; column++) {
      const value = values[(row % rows) * columns + (column % columns)] ?? 0;
      wide[row * columns * across + column] = isRead ? value / across : value;
    }
  }
  return { dtype, shape: shape.map((size, axis) => size * times(axis)), bytes: new Uint8Array(wide.buffer) };
}

/**
 * A copy of the tiny checkpoint whose words have as many numbers as those of Stable Diffusion 1.x. It has the network,
 * the text encoder and the VAE alone.
 */
export async function copyWide(folder: string, width: number): Promise<void> {
  await copyTiny(folder);
  for (const part of ['image_encoder', 'projector', 'safety_checker'])
    await rm(join(folder, part), { recursive: true });
  const text = join(folder, 'text_encoder/model.safetensors');
  const isLayer = (name: string): boolean => /(?:proj|fc[12])\.weight$/u.test(name);
  await rewrite(text, text, (name, tensor) => widened(tensor, width, [0, 1], isLayer(name)));
  const unet = join(folder, 'unet/diffusion_pytorch_model.safetensors');
  await rewrite(unet, unet, (name, tensor) => (readsText(name) ? widened(tensor, width, [1], true) : tensor));
  await changeConfig(join(folder, 'text_encoder/config.json'), { hidden_size: width });
  await changeConfig(join(folder, 'unet/config.json'), { cross_attention_dim: width });
}

/** Keys and values of the text. */
const readsText = (name: string): boolean => /attn2[._]to_[kv]\./u.test(name);

/** A LoRA for every layer of the tiny network that does not depend on the width of words. */
export async function writeTinyLora(path: string): Promise<void> {
  const from = join(reference, 'pictures/lcm-lora/sd15-lcm.safetensors');
  await rewrite(from, path, (name, tensor) => (readsText(name) ? null : tensor));
}

async function changeConfig(path: string, change: object): Promise<void> {
  await writeFile(path, JSON.stringify({ ...(JSON.parse(await readFile(path, 'utf8')) as object), ...change }));
}

/** Makes the safety checker raise its first concept on every picture. */
export async function flagEverything(folder: string): Promise<void> {
  const weights = join(folder, 'safety_checker/model.safetensors');
  await rewrite(weights, weights, (name, tensor) =>
    name === 'concept_embeds_weights'
      ? { ...tensor, bytes: new Uint8Array(new Float32Array(tensor.bytes.length / 4).fill(-2).buffer) }
      : tensor,
  );
}

/** Gives a checkpoint an image encoder that sees otherwise: the last bytes of its projection, reversed. */
export async function otherImageEncoder(folder: string): Promise<void> {
  const weights = join(folder, 'image_encoder/model.safetensors');
  await rewrite(weights, weights, (name, tensor) =>
    name === 'visual_projection.weight'
      ? { ...tensor, bytes: new Uint8Array(new Float32Array(tensor.bytes.slice().buffer).reverse().buffer) }
      : tensor,
  );
}

/** A single file with LDM keys whose text encoder knows CLIP's whole vocabulary. */
export async function writeSingleFile(path: string): Promise<void> {
  await rewrite(join(reference, 'formats/single-file/conv-projection.safetensors'), path, (name, tensor) =>
    name.endsWith(vocabulary) ? moreRows(tensor, 49_408) : tensor,
  );
}

/** A single file as torch.save wrote it in 2022, below "state_dict". @param vae whether it holds one */
export async function writeCheckpointFile(from: string, to: string, { vae }: { readonly vae: boolean }): Promise<void> {
  const file = new Uint8Array(await readFile(from));
  const { table } = await readSafetensors(blobSource(from, new Blob([file])));
  const kept = [...table].filter(([name]) => vae || !name.startsWith('first_stage_model.'));
  const { header } = writeSafetensorsHeader(kept.map(([name, { dtype, shape }]) => ({ name, dtype, shape })));
  const parts = kept.map(([, { offset, length }]) => file.subarray(offset, offset + length));
  await writeFile(to, await torchFileOf(new Uint8Array(Buffer.concat([header, ...parts])), 'state_dict'));
}
