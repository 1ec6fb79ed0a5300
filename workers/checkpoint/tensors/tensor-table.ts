/** Element types that safetensors files use, and the bytes of one element. */
export const tensorDtypes = {
  F64: 8,
  I64: 8,
  U64: 8,
  C64: 8,
  F32: 4,
  I32: 4,
  U32: 4,
  F16: 2,
  BF16: 2,
  I16: 2,
  U16: 2,
  I8: 1,
  U8: 1,
  BOOL: 1,
  F8_E4M3: 1,
  F8_E5M2: 1,
  F8_E8M0: 1,
  F8_E4M3FNUZ: 1,
  F8_E5M2FNUZ: 1,
} as const;

export type TensorDtype = keyof typeof tensorDtypes;

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
