/** The names that a torch pickle may mention, and the fixed rule that each stands for. */
import {
  type Callable,
  isCallable,
  isPickleTensor,
  isStorage,
  type PickleMap,
  PickleRefusal,
  type PickleStorage,
  type PickleTensor,
  type PickleValue,
} from './pickle-values.ts';
import type { TensorDtype } from './tensor-table.ts';

const storageDtypes: ReadonlyMap<string, TensorDtype> = new Map([
  ['torch.DoubleStorage', 'F64'],
  ['torch.FloatStorage', 'F32'],
  ['torch.HalfStorage', 'F16'],
  ['torch.BFloat16Storage', 'BF16'],
  ['torch.LongStorage', 'I64'],
  ['torch.IntStorage', 'I32'],
  ['torch.ShortStorage', 'I16'],
  ['torch.CharStorage', 'I8'],
  ['torch.ByteStorage', 'U8'],
  ['torch.BoolStorage', 'BOOL'],
]);

const rules: ReadonlyMap<string, (args: readonly PickleValue[]) => PickleValue> = new Map([
  ['collections.OrderedDict', orderedDict],
  ['torch._utils._rebuild_tensor_v2', rebuildTensor],
  ['torch._utils._rebuild_tensor', rebuildTensor],
  ['torch._utils._rebuild_parameter', rebuildParameter],
  ['torch.Size', (args: readonly PickleValue[]) => args[0] ?? []],
  // Textual Inversion's own files keep their vectors in a ParameterDict.
  ['torch.nn.modules.container.ParameterDict', (): PickleMap => new Map()],
  ['builtins.set', (args: readonly PickleValue[]) => args[0] ?? []],
  ['__builtin__.set', (args: readonly PickleValue[]) => args[0] ?? []],
]);

/** @throws PickleRefusal with the name, unless it is one that tensors need. */
export function findGlobal(module: string, name: string): Callable {
  const full = `${module}.${name}`;
  if (rules.has(full) || storageDtypes.has(full)) return { kind: 'callable', name: full };
  throw new PickleRefusal(
    `it asks for ${JSON.stringify(full.slice(0, 200))}, which is not tensor data and is never run`,
  );
}

/** A tensor's storage from its persistent id ('storage', type, key, device, count). */
export function readStorage(id: PickleValue): PickleStorage {
  const [tag, type, key, , count] = Array.isArray(id) ? id : [];
  const dtype = isCallable(type) ? storageDtypes.get(type.name) : undefined;
  if (tag !== 'storage' || dtype === undefined || typeof key !== 'string' || !isNatural(count))
    throw new PickleRefusal('a storage in it is malformed');
  return { kind: 'storage', dtype, key };
}

export function callGlobal(callable: PickleValue, args: PickleValue): PickleValue {
  const rule = isCallable(callable) ? rules.get(callable.name) : undefined;
  if (rule === undefined || !Array.isArray(args))
    throw new PickleRefusal('its pickle calls something that is no known function');
  return rule(args);
}

/**
 * Gives an object its state. An OrderedDict's attributes (a state dict's _metadata) are dropped; a ParameterDict's are
 * its content, under `_parameters` in files of older versions.
 */
export function buildObject(target: PickleValue, state: PickleValue): void {
  if (!(target instanceof Map) || !(state instanceof Map))
    throw new PickleRefusal('its pickle gives a state to something that has none');
  const parameters = state.get('_parameters');
  const content = parameters instanceof Map && parameters.size > 0 ? parameters : state;
  if (target.size === 0 && state.has('training')) for (const [key, value] of content) target.set(key, value);
}

function orderedDict(args: readonly PickleValue[]): PickleMap {
  const map: PickleMap = new Map();
  const pairs = args[0] ?? [];
  if (!Array.isArray(pairs)) throw new PickleRefusal('an OrderedDict in it is malformed');
  for (const pair of pairs) {
    const [key, value = null] = Array.isArray(pair) ? pair : [];
    if (typeof key !== 'string' && typeof key !== 'number')
      throw new PickleRefusal('an OrderedDict in it is malformed');
    map.set(key, value);
  }
  return map;
}

function rebuildTensor([storage, elementOffset, shape, strides]: readonly PickleValue[]): PickleTensor {
  const isSound =
    isStorage(storage) &&
    isNatural(elementOffset) &&
    isNaturals(shape) &&
    isNaturals(strides) &&
    shape.length === strides.length;
  if (!isSound) throw new PickleRefusal('a tensor in it is malformed');
  if (!isRowMajor(shape, strides))
    throw new PickleRefusal('a tensor in it is transposed or a view; save it again after .contiguous()');
  return { kind: 'tensor', storage, elementOffset, shape };
}

function rebuildParameter([tensor]: readonly PickleValue[]): PickleTensor {
  if (!isPickleTensor(tensor)) throw new PickleRefusal('a parameter in it is malformed');
  return tensor;
}

function isRowMajor(shape: readonly number[], strides: readonly number[]): boolean {
  if (shape.includes(0)) return true;
  let expected = 1;
  return shape.toReversed().every((extent, i) => {
    const fits = extent === 1 || strides[strides.length - 1 - i] === expected;
    expected *= extent;
    return fits;
  });
}

function isNatural(value: PickleValue | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function isNaturals(value: PickleValue | undefined): value is number[] {
  return Array.isArray(value) && value.every(isNatural);
}
