import { writeSafetensorsHeader } from '../../checkpoint/tensor-files/safetensors-writer.ts';
import type { ReferenceWeights } from './reference-case.ts';

/** A safetensors file with tensors of another beside its own, or in their place. */
export function withTensorsOf(own: ReferenceWeights, other: ReferenceWeights): Blob {
  const sources = new Map([
    ...[...own.table].map(([name, info]) => [name, { info, bytes: own.bytes }] as const),
    ...[...other.table].map(([name, info]) => [name, { info, bytes: other.bytes }] as const),
  ]);
  const specs = [...sources].map(([name, { info }]) => ({ name, dtype: info.dtype, shape: info.shape }));
  const parts = [...sources.values()].map(({ info, bytes }) => bytes.slice(info.offset, info.offset + info.length));
  return new Blob([writeSafetensorsHeader(specs).header, ...parts]);
}
