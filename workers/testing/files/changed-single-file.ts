import { readSafetensors, type SafetensorsFile } from '../../checkpoint/tensor-files/safetensors.ts';
import type { TensorInfo } from '../../checkpoint/tensors/tensor-table.ts';
import { formatsFile } from '../reference/formats-reference.ts';

/** A tiny checkpoint in one file, under LDM's names. */
export const singleFile = await readSafetensors(await formatsFile('single-file/conv-projection.safetensors'));
export const unetPrefix = 'model.diffusion_model.';
export const anyTensor: TensorInfo = { dtype: 'F16', shape: [1], offset: 0, length: 2 };

/** The file with tensors added, removed (null) or renamed; names and shapes only. */
export function changedFile(
  change: (name: string) => string | null,
  added: Readonly<Record<string, TensorInfo>> = {},
): SafetensorsFile {
  const table = new Map<string, TensorInfo>();
  for (const [name, info] of singleFile.table) {
    const target = change(name);
    if (target !== null) table.set(target, info);
  }
  for (const [name, info] of Object.entries(added)) table.set(name, info);
  return { table, metadata: singleFile.metadata };
}

/** Renames nothing. */
export const same = (name: string): string => name;
