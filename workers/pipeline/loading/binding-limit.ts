import { formatBytes } from '../../contract/format-bytes.ts';
import { PinwordError } from '../../errors.ts';
import type { Gpu } from '../../runtime/device.ts';
import { partSpecs } from '../model/parts.ts';
import { weightCounts, type FoundPart } from './found-part.ts';
import type { ComputeDtype } from '../../contract/memory.ts';

/**
 * Refuses a tensor that this GPU cannot bind, before anything of it is downloaded: small adapters bind 128 MiB at once.
 * @throws PinwordError 'tensor-too-large' with its name and the sizes
 */
export function refuseUnbindable(
  parts: readonly FoundPart<unknown>[],
  dtype: ComputeDtype,
  gpu: Pick<Gpu, 'shaderF16' | 'maxBufferSize'> | null,
): void {
  if (gpu === null) return;
  for (const part of parts) {
    for (const [name, count] of weightCounts(part)) {
      const bytes = count * (dtype === 'F16' ? 2 : 4);
      if (bytes > gpu.maxBufferSize)
        throw tooLarge(
          `${partSpecs[part.id].folder}: ${name}`,
          bytes,
          gpu.maxBufferSize,
          dtype === 'F32' && gpu.shaderF16,
        );
    }
  }
}

function tooLarge(name: string, bytes: number, limit: number, halfWouldDo: boolean): PinwordError {
  const advice = halfWouldDo
    ? 'Choose 16-bit under Memory, or a smaller model.'
    : 'Choose a smaller model, or a computer with a larger graphics processor.';
  return new PinwordError(
    'tensor-too-large',
    `The tensor ${name} takes ${formatBytes(bytes)}, but this graphics processor binds at most ${formatBytes(limit)} at once. ${advice}`,
  );
}
