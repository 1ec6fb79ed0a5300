import { elementBytes } from '../tensors/dtype.ts';
import type { TensorDtype, TensorInfo, TensorTable } from '../tensors/tensor-table.ts';

/** A tensor to be written. */
export interface TensorSpec {
  readonly name: string;
  readonly dtype: TensorDtype;
  readonly shape: readonly number[];
}

export interface SafetensorsHeader {
  /** The file's first bytes: length and JSON, padded with spaces so that the data starts at a multiple of 64. */
  readonly header: Uint8Array<ArrayBuffer>;
  /** Where each tensor's bytes go, in the order given, without gaps (the format allows none). */
  readonly table: TensorTable;
  /** Bytes of the whole file. */
  readonly size: number;
}

const dataAlignment = 64;

/**
 * The header of a safetensors file for these tensors; their bytes follow it in this order.
 * @throws RangeError when a name is given twice: a programming error, for names come from a table.
 */
export function writeSafetensorsHeader(
  tensors: readonly TensorSpec[],
  metadata: ReadonlyMap<string, string> = new Map(),
): SafetensorsHeader {
  const entries: string[] = [];
  const relative = new Map<string, TensorInfo>();
  let end = 0;
  if (metadata.size > 0)
    entries.push(
      `"__metadata__":{${[...metadata].map(([key, text]) => `${JSON.stringify(key)}:${JSON.stringify(text)}`).join(',')}}`,
    );
  for (const { name, dtype, shape } of tensors) {
    if (relative.has(name) || name === '__metadata__')
      throw new RangeError(`The tensor name ${name} cannot be written twice.`);
    const length = shape.reduce((product, extent) => product * extent, elementBytes(dtype));
    entries.push(`${JSON.stringify(name)}:${JSON.stringify({ dtype, shape, data_offsets: [end, end + length] })}`);
    relative.set(name, { dtype, shape, offset: end, length });
    end += length;
  }
  const header = encodeHeader(`{${entries.join(',')}}`);
  const table = new Map<string, TensorInfo>();
  for (const [name, info] of relative) table.set(name, { ...info, offset: header.length + info.offset });
  return { header, table, size: header.length + end };
}

function encodeHeader(json: string): Uint8Array<ArrayBuffer> {
  const text = new TextEncoder().encode(json);
  const size = Math.ceil((8 + text.length) / dataAlignment) * dataAlignment;
  const header = new Uint8Array(size).fill(0x20);
  new DataView(header.buffer).setBigUint64(0, BigInt(size - 8), true);
  header.set(text, 8);
  return header;
}
