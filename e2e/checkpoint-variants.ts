import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { blobSource } from '../workers/checkpoint/byte-source.ts';
import { readSafetensors, writeSafetensorsHeader } from '../workers/checkpoint/safetensors.ts';
import type { TensorDtype } from '../workers/checkpoint/tensor-table.ts';
import { torchFileOf } from '../workers/testing/torch-writer.ts';

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

/** Writes a safetensors file again with some of its tensors changed. */
async function rewrite(from: string, to: string, change: (name: string, tensor: Tensor) => Tensor): Promise<void> {
  const file = new Uint8Array(await readFile(from));
  const { table } = await readSafetensors(blobSource(from, new Blob([file])));
  const tensors = [...table].map(([name, { dtype, shape, offset, length }]) => ({
    name,
    ...change(name, { dtype, shape, bytes: file.subarray(offset, offset + length) }),
  }));
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
  const config = join(folder, 'text_encoder/config.json');
  await writeFile(
    config,
    JSON.stringify({ ...(JSON.parse(await readFile(config, 'utf8')) as object), vocab_size: rows }),
  );
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
