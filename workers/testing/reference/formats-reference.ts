import { readFile } from 'node:fs/promises';
import { type ByteSource, blobSource } from '../../checkpoint/bytes/byte-source.ts';
import { requireFloatDtype, toFloat32 } from '../../checkpoint/tensors/dtype.ts';
import { readSafetensorsTable } from '../../checkpoint/tensor-files/safetensors.ts';

const folder = new URL('../../reference/data/formats/', import.meta.url);

/** A file that workers/reference/formats_reference.py wrote. */
export async function formatsFile(path: string): Promise<ByteSource> {
  return blobSource(path, new Blob([await readFile(new URL(path, folder))]));
}

/** All bytes of such a file. */
export async function formatsBytes(path: string): Promise<Uint8Array<ArrayBuffer>> {
  const source = await formatsFile(path);
  return source.read(0, source.size);
}

/** The float tensors of one of its safetensors files as float32; other types are left out. */
export async function formatsTensors(path: string): Promise<ReadonlyMap<string, Float32Array<ArrayBuffer>>> {
  const source = await formatsFile(path);
  const tensors = new Map<string, Float32Array<ArrayBuffer>>();
  for (const [name, { dtype, offset, length }] of await readSafetensorsTable(source)) {
    if (/^(F64|F32|F16|BF16)$/.test(dtype))
      tensors.set(name, toFloat32(await source.read(offset, length), requireFloatDtype(dtype, name)));
  }
  return tensors;
}

/** A file in memory from bytes or text. */
export function memorySource(name: string, content: Uint8Array<ArrayBuffer> | string): ByteSource {
  return blobSource(name, new Blob([content]));
}
