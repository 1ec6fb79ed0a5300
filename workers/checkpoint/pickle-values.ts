import type { TensorDtype } from './tensor-table.ts';

/** One storage of a torch file: an entry of the archive. */
export interface PickleStorage {
  readonly kind: 'storage';
  readonly dtype: TensorDtype;
  readonly key: string;
}

/** A name that may be called. */
export interface Callable {
  readonly kind: 'callable';
  readonly name: string;
}

export interface PickleTensor {
  readonly kind: 'tensor';
  readonly storage: PickleStorage;
  /** In elements of the storage's type. */
  readonly elementOffset: number;
  readonly shape: readonly number[];
}

/** A dict (or OrderedDict, or ParameterDict). */
export type PickleMap = Map<string | number, PickleValue>;

export type PickleValue =
  null | boolean | number | string | PickleTensor | PickleStorage | Callable | PickleValue[] | PickleMap;

/** Why a pickle cannot be read, as the end of a sentence. */
export class PickleRefusal extends Error {}

export function isPickleTensor(value: PickleValue | undefined): value is PickleTensor {
  return hasKind(value, 'tensor');
}

export function isStorage(value: PickleValue | undefined): value is PickleStorage {
  return hasKind(value, 'storage');
}

export function isCallable(value: PickleValue | undefined): value is Callable {
  return hasKind(value, 'callable');
}

function hasKind(value: PickleValue | undefined, kind: string): boolean {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === kind;
}
