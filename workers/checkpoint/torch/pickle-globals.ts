/** The names that a torch pickle may mention, and the fixed rule that each stands for. */
import {
  type Callable,
  isCallable,
  isOpaque,
  isPickleTensor,
  isStorage,
  type Opaque,
  opaque,
  type PickleMap,
  PickleRefusal,
  type PickleStorage,
  type PickleTensor,
  type PickleValue,
} from './pickle-values.ts';
import type { TensorDtype } from '../tensors/tensor-table.ts';

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
  ['torch.ComplexFloatStorage', 'C64'],
  // Of types without a storage class of their own: plain bytes, the type lies with the tensor.
  ['torch.storage.UntypedStorage', 'U8'],
]);

/** Types that _rebuild_tensor_v3 names. */
const elementDtypes: ReadonlyMap<string, TensorDtype> = new Map([
  ['torch.float8_e4m3fn', 'F8_E4M3'],
  ['torch.float8_e5m2', 'F8_E5M2'],
  ['torch.uint16', 'U16'],
  ['torch.uint32', 'U32'],
  ['torch.uint64', 'U64'],
  ['torch.float32', 'F32'],
  ['torch.float16', 'F16'],
  ['torch.bfloat16', 'BF16'],
  ['torch.float64', 'F64'],
]);

/** What training programs save beside weights: no tensor is made of it, so it is passed over as data. */
const passedOver: ReadonlySet<string> = new Set([
  'pytorch_lightning.callbacks.model_checkpoint.ModelCheckpoint',
  'pytorch_lightning.utilities.parsing.AttributeDict',
  'numpy.core.multiarray.scalar',
  'numpy.core.multiarray._reconstruct',
  'numpy._core.multiarray.scalar',
  'numpy._core.multiarray._reconstruct',
  'numpy.dtype',
  'numpy.ndarray',
  '_codecs.encode',
  'collections.defaultdict',
  'argparse.Namespace',
  'omegaconf.dictconfig.DictConfig',
  'omegaconf.listconfig.ListConfig',
  'omegaconf.nodes.AnyNode',
  'omegaconf.base.ContainerMetadata',
  'omegaconf.base.Metadata',
  'typing.Any',
  'builtins.dict',
  'builtins.list',
  'builtins.int',
  'builtins.float',
  'builtins.str',
  'builtins.bool',
  '__builtin__.dict',
  '__builtin__.list',
  '__builtin__.int',
  '__builtin__.long',
  '__builtin__.float',
  '__builtin__.unicode',
  'torch.device',
]);

const rules: ReadonlyMap<string, (args: readonly PickleValue[]) => PickleValue> = new Map([
  ['collections.OrderedDict', orderedDict],
  ['torch._utils._rebuild_tensor_v2', rebuildTensor],
  ['torch._utils._rebuild_tensor', rebuildTensor],
  ['torch._utils._rebuild_tensor_v3', rebuildTypedTensor],
  ['torch._utils._rebuild_parameter', rebuildParameter],
  ['torch._utils._rebuild_parameter_with_state', rebuildParameter],
  ['torch.Size', (args: readonly PickleValue[]) => args[0] ?? []],
  // Textual Inversion's own files keep their vectors in a ParameterDict.
  ['torch.nn.modules.container.ParameterDict', (): PickleMap => new Map()],
  ['builtins.frozenset', (args: readonly PickleValue[]) => args[0] ?? []],
  ['builtins.set', (args: readonly PickleValue[]) => args[0] ?? []],
  ['__builtin__.set', (args: readonly PickleValue[]) => args[0] ?? []],
]);

/** @throws PickleRefusal with the name, unless it is one that tensors need. */
export function findGlobal(module: string, name: string): Callable | Opaque {
  const full = `${module}.${name}`;
  if (passedOver.has(full)) return opaque;
  if (rules.has(full) || storageDtypes.has(full) || elementDtypes.has(full)) return { kind: 'callable', name: full };
  throw new PickleRefusal(
    `it asks for ${JSON.stringify(full.slice(0, 200))}, which is not tensor data and is never run`,
  );
}

/** A tensor's storage from its persistent id ('storage', type, key, device, count), and a view in files before torch 0.4. */
export function readStorage(id: PickleValue): PickleStorage {
  const [tag, type, key, , count, view = null] = Array.isArray(id) ? id : [];
  const dtype = isCallable(type) ? storageDtypes.get(type.name) : undefined;
  if (tag !== 'storage' || dtype === undefined || typeof key !== 'string' || !isNatural(count) || view !== null)
    throw new PickleRefusal('a storage in it is malformed');
  return { kind: 'storage', dtype, key, count };
}

export function callGlobal(callable: PickleValue, args: PickleValue): PickleValue {
  if (isOpaque(callable)) return opaque;
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
  if (isOpaque(target) || isPickleTensor(target)) return;
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

function rebuildTensor(args: readonly PickleValue[]): PickleTensor {
  return tensorOf(args, null);
}

const maxDimensions = 16;

/** (storage, offset, shape, strides, requires_grad, hooks, type, …) */
function rebuildTypedTensor(args: readonly PickleValue[]): PickleTensor {
  const type = args[6];
  const dtype = isCallable(type) ? elementDtypes.get(type.name) : undefined;
  if (dtype === undefined) throw new PickleRefusal('a tensor in it has an element type that is not known here');
  return tensorOf(args, dtype);
}

function tensorOf(
  [storage, elementOffset, shape, strides]: readonly PickleValue[],
  dtype: TensorDtype | null,
): PickleTensor {
  const isSound =
    isStorage(storage) &&
    isNatural(elementOffset) &&
    isNaturals(shape) &&
    isNaturals(strides) &&
    shape.length === strides.length &&
    shape.length <= maxDimensions;
  if (!isSound) throw new PickleRefusal('a tensor in it is malformed');
  return { kind: 'tensor', storage, dtype: dtype ?? storage.dtype, elementOffset, shape, strides };
}

function rebuildParameter([tensor]: readonly PickleValue[]): PickleTensor {
  if (!isPickleTensor(tensor)) throw new PickleRefusal('a parameter in it is malformed');
  return tensor;
}

function isNatural(value: PickleValue | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function isNaturals(value: PickleValue | undefined): value is number[] {
  return Array.isArray(value) && value.every(isNatural);
}
