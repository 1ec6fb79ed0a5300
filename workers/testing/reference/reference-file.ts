import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { blobSource } from '../../checkpoint/bytes/byte-source.ts';
import { isFloatDtype, toFloat32 } from '../../checkpoint/tensors/dtype.ts';
import { readSafetensorsTable } from '../../checkpoint/tensor-files/safetensors.ts';
import { entry, type ReferenceTensor, type ReferenceWeights } from './reference-case.ts';
import { referenceData } from './folder-files.ts';

/** A file that make_reference.py wrote, by its path under workers/reference/data. */
export async function readReferenceFile(path: string): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await readFile(join(referenceData, path)));
}

/** @returns null where there is no such file. */
export function findReferenceText(path: string): Promise<string | null> {
  return readFile(join(referenceData, path), 'utf8').catch(() => null);
}

export async function findReferenceJson(path: string): Promise<unknown> {
  return JSON.parse((await findReferenceText(path)) ?? 'null');
}

export async function readWeightFile(path: string): Promise<ReferenceWeights> {
  const bytes = await readReferenceFile(path);
  return { table: await readSafetensorsTable(blobSource(path, new Blob([bytes]))), location: path, bytes };
}

/** The float tensors of a safetensors file, as float32. */
export async function readTensorFile(path: string): Promise<Map<string, ReferenceTensor>> {
  const { table, bytes } = await readWeightFile(path);
  const tensors = new Map<string, ReferenceTensor>();
  for (const [key, { dtype, shape, offset, length }] of table) {
    if (isFloatDtype(dtype))
      tensors.set(key, { shape, values: toFloat32(bytes.slice(offset, offset + length), dtype) });
  }
  return tensors;
}

/** The bytes of one tensor of a safetensors file, and its shape. */
export function tensorBytes(
  { table, bytes }: ReferenceWeights,
  name: string,
): { shape: readonly number[]; bytes: Uint8Array<ArrayBuffer> } {
  const { shape, offset, length } = entry(table, name);
  return { shape, bytes: bytes.slice(offset, offset + length) };
}
