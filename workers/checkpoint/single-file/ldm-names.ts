import { PinwordError } from '../../errors.ts';
import type { TensorInfo, TensorTable } from '../tensors/tensor-table.ts';

/** A tensor table under other names. @throws PinwordError 'unsupported-config' where two names become one. */
export function rename(table: TensorTable, newName: (name: string) => string, fileName: string): TensorTable {
  const renamed = new Map<string, TensorInfo>();
  for (const [name, info] of table) {
    const target = newName(name);
    if (renamed.has(target))
      throw new PinwordError(
        'unsupported-config',
        `"${fileName}" holds the weights of "${target}" twice. Choose another file.`,
      );
    renamed.set(target, info);
  }
  return renamed;
}

/** One extent of a tensor's shape. @throws PinwordError 'missing-tensor' by its name in the file. */
export function extentOf(table: TensorTable, name: string, axis: number, fileName: string): number {
  const extent = table.get(name)?.shape[axis];
  if (extent !== undefined) return extent;
  throw new PinwordError(
    'missing-tensor',
    `"${fileName}" lacks the tensor "${name}". Choose a complete Stable Diffusion 1.x checkpoint.`,
  );
}
