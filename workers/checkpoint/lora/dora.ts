import type { FileModule } from './file-module.ts';
import { product } from './low-rank.ts';
import { addRows, type DeltaPlan, type TensorChange } from './tensor-change.ts';

/** FLT_EPSILON, which LyCORIS adds to norms. */
const epsilon = 2 ** -23;

/**
 * DoRA (Liu et al. 2024, arXiv 2402.09353): the changed weight gets the file's norm, per output or per input.
 * peft scales what is added by the strength; LyCORIS moves the factor of each row towards 1.
 * @throws PinwordError 'bad-lora' where the norms fit neither axis.
 */
export function planDora(
  module: FileModule,
  shape: readonly number[],
  delta: DeltaPlan,
  { scale, strength }: { readonly scale: number; readonly strength: number },
): TensorChange {
  const isPeft = module.has('lora_magnitude_vector');
  const part = isPeft ? 'lora_magnitude_vector' : 'dora_scale';
  const [outputs = 0, inputs = 0] = shape;
  const norms = module.requireShape(part);
  const count = product(norms);
  const perOutput = count === outputs && (isPeft || norms[0] === outputs);
  module.requireFit(perOutput || (!isPeft && count === inputs), [part], shape);
  return {
    apply: async (values) => {
      addRows(await delta.load(isPeft ? scale * strength : scale), values, outputs);
      const wanted = await module.read(part);
      const groups = { groups: count, columns: values.length / outputs, window: product(shape.slice(2)), perOutput };
      const have = normsOf(values, groups);
      const move = isPeft ? 1 : strength;
      const factors = have.map((norm, i) => move * ((wanted[i] ?? 0) / (norm + (isPeft ? 0 : epsilon)) - 1) + 1);
      scaleGroups(values, factors, groups);
    },
  };
}

interface Groups {
  readonly groups: number;
  readonly columns: number;
  readonly window: number;
  readonly perOutput: boolean;
}

/** Which norm a value belongs to. */
function groupOf(index: number, { columns, window, perOutput }: Groups): number {
  return perOutput ? Math.floor(index / columns) : Math.floor((index % columns) / window);
}

function normsOf(values: Float32Array, groups: Groups): Float64Array {
  const sums = new Float64Array(groups.groups);
  for (let i = 0; i < values.length; i++) {
    const group = groupOf(i, groups);
    sums[group] = (sums[group] ?? 0) + (values[i] ?? 0) ** 2;
  }
  return sums.map(Math.sqrt);
}

function scaleGroups(values: Float32Array, factors: Float64Array, groups: Groups): void {
  for (let i = 0; i < values.length; i++) values[i] = (values[i] ?? 0) * (factors[groupOf(i, groups)] ?? 1);
}
