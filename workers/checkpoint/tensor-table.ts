/** Element types that safetensors files use. */
export type TensorDtype =
  'F64' | 'F32' | 'F16' | 'BF16' | 'I64' | 'I32' | 'I16' | 'I8' | 'U8' | 'BOOL' | 'F8_E4M3' | 'F8_E5M2';

/** Where a tensor lies: its bytes are [offset, offset + length) of its file, row-major, little-endian. */
export interface TensorInfo {
  readonly dtype: TensorDtype;
  readonly shape: readonly number[];
  /** Absolute offset in the file, header included. */
  readonly offset: number;
  /** Bytes. */
  readonly length: number;
}

/** The tensors of one file by name. A Map, so that a tensor named "__proto__" is only a name. */
export type TensorTable = ReadonlyMap<string, TensorInfo>;
