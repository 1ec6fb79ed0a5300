import type { TensorDtype } from '../tensors/tensor-table.ts';

/** One storage of a torch file. */
export interface PickleStorage {
  readonly kind: 'storage';
  readonly dtype: TensorDtype;
  readonly key: string;
  /** Elements of its type. */
  readonly count: number;
}

/** A name that stands for something known. */
export interface Callable {
  readonly kind: 'callable';
  readonly name: string;
}

/** What training left in a file and no tensor is made of; nothing of it is kept. */
export interface Opaque {
  readonly kind: 'opaque';
}

export interface PickleTensor {
  readonly kind: 'tensor';
  readonly storage: PickleStorage;
  /** Of its own elements; a storage of plain bytes has another type. */
  readonly dtype: TensorDtype;
  /** In elements. */
  readonly elementOffset: number;
  readonly shape: readonly number[];
  /** In elements. */
  readonly strides: readonly number[];
}

/** A dict (or OrderedDict, or ParameterDict). */
export type PickleMap = Map<string | number, PickleValue>;

export type PickleValue =
  null | boolean | number | string | PickleTensor | PickleStorage | Callable | Opaque | PickleValue[] | PickleMap;

export const opaque: Opaque = { kind: 'opaque' };

/** Why a pickle cannot be read, as the end of a sentence. */
export class PickleRefusal extends Error {}

/** The bytes end before the pickle does. */
export class PickleTruncation extends PickleRefusal {}

export function isPickleTensor(value: PickleValue | undefined): value is PickleTensor {
  return hasKind(value, 'tensor');
}

export function isStorage(value: PickleValue | undefined): value is PickleStorage {
  return hasKind(value, 'storage');
}

export function isCallable(value: PickleValue | undefined): value is Callable {
  return hasKind(value, 'callable');
}

export function isOpaque(value: PickleValue | undefined): value is Opaque {
  return hasKind(value, 'opaque');
}

function hasKind(value: PickleValue | undefined, kind: string): boolean {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === kind;
}
