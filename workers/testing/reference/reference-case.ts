import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { blobSource } from '../../checkpoint/bytes/byte-source.ts';
import { isFloatDtype, toFloat32 } from '../../checkpoint/tensors/dtype.ts';
import { readSafetensorsTable } from '../../checkpoint/tensor-files/safetensors.ts';
import type { TensorTable } from '../../checkpoint/tensors/tensor-table.ts';
import { referenceData } from './folder-files.ts';

/** Checkpoints that workers/reference/make_reference.py makes. */
export const referenceCases = ['sd15', 'v-prediction', 'half'] as const;
export type ReferenceCase = (typeof referenceCases)[number];
/** Folders of the reference data. */
export type ReferenceFolder = ReferenceCase | 'unet-variants' | 'look-unet' | 'detail';

export interface ReferenceTensor {
  readonly shape: readonly number[];
  readonly values: Float32Array<ArrayBuffer>;
}

/** The weights of one module, as the graph builders and ONNX Runtime take them. */
export interface ReferenceWeights {
  readonly table: TensorTable;
  readonly location: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** @param path relative to the checkpoint, e.g. 'unet/config.json'. */
export async function readReferenceJson(name: ReferenceFolder, path: string): Promise<unknown> {
  return JSON.parse(await readFile(join(referenceData, name, path), 'utf8'));
}

/** @param path relative to the checkpoint, e.g. 'unet/diffusion_pytorch_model.safetensors'. */
export async function readReferenceWeights(name: ReferenceFolder, path: string): Promise<ReferenceWeights> {
  const bytes = new Uint8Array(await readFile(join(referenceData, name, path)));
  return { table: await readSafetensorsTable(blobSource(path, new Blob([bytes]))), location: path, bytes };
}

/** The float tensors of a reference file, as float32. @param path relative to the checkpoint. */
export async function readReferenceTensors(name: ReferenceFolder, path: string): Promise<Map<string, ReferenceTensor>> {
  const { table, bytes } = await readReferenceWeights(name, path);
  const tensors = new Map<string, ReferenceTensor>();
  for (const [key, { dtype, shape, offset, length }] of table) {
    if (isFloatDtype(dtype))
      tensors.set(key, { shape, values: toFloat32(bytes.slice(offset, offset + length), dtype) });
  }
  return tensors;
}

/** An entry that must be there. */
export function entry<T>(map: ReadonlyMap<string, T>, key: string): T {
  const value = map.get(key);
  if (value === undefined) throw new RangeError(`There is no "${key}".`);
  return value;
}

/** The largest difference, relative to the largest expected magnitude. Infinite where lengths differ or a NaN is met. */
export function relativeError(actual: Float32Array, expected: Float32Array): number {
  if (actual.length !== expected.length) return Infinity;
  let difference = 0;
  let magnitude = 0;
  for (const [index, value] of expected.entries()) {
    const distance = Math.abs((actual[index] ?? NaN) - value);
    if (Number.isNaN(distance)) return Infinity;
    difference = Math.max(difference, distance);
    magnitude = Math.max(magnitude, Math.abs(value));
  }
  return difference / magnitude;
}
