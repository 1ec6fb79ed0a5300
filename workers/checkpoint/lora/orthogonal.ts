import type { FileModule } from './file-module.ts';
import { product } from './low-rank.ts';
import { rotationsOf, type Rotations } from './rotations.ts';
import type { TensorChange } from './tensor-change.ts';
import type { Part } from './tensor-names.ts';

export const oftParts = ['oft_blocks', 'rescale', 'alpha'] as const satisfies readonly Part[];

/**
 * OFT (Qiu et al. 2023, arXiv 2306.07280): blocks of outputs are rotated, W'_k = (s·(R_k − 1) + 1)ᵀ · W_k; and BOFT (Liu
 * et al. 2023, arXiv 2311.06243), where rotations follow each other, each over outputs that lie 2^i blocks apart.
 * @throws PinwordError 'bad-lora' where shapes do not fit.
 */
export function planOrthogonal(module: FileModule, shape: readonly number[], strength: number): TensorChange {
  const blocks = module.requireShape('oft_blocks');
  const rescale = module.shape('rescale');
  const [outputs = 0] = shape;
  const size = blocks.at(-1) ?? 0;
  const stages = blocks.length === 4 ? (blocks[0] ?? 0) : 1;
  const isButterfly = blocks.length === 4;
  const fits =
    (blocks.length === 3 || isButterfly) &&
    blocks.at(-2) === size &&
    (blocks.at(-3) ?? 0) * size === outputs &&
    (!isButterfly || fitsButterfly(outputs, size, stages)) &&
    (rescale === null || product(rescale) === outputs);
  module.requireFit(fits, ['oft_blocks', ...(rescale === null ? [] : (['rescale'] as const))], shape);
  return {
    apply: async (values) => {
      const constraint = ((await module.readNumber('alpha')) ?? 0) * outputs;
      const rotations = rotationsOf(await module.read('oft_blocks'), size, { constraint, strength });
      const columns = values.length / outputs;
      for (let stage = 0; stage < stages; stage++) {
        const order = isButterfly ? butterflyOrder(outputs, size, stage) : straightOrder(outputs);
        rotate(values, columns, order, rotations, { stage, isTransposed: !isButterfly });
      }
      if (rescale !== null) scaleRows(values, columns, await module.read('rescale'));
    },
  };
}

/** Every stage must find whole groups of 2 · 2^i · size / 2 outputs. */
function fitsButterfly(outputs: number, size: number, stages: number): boolean {
  return size % 2 === 0 && stages > 0 && outputs % (2 ** (stages - 1) * size) === 0;
}

function straightOrder(outputs: number): Uint32Array {
  return Uint32Array.from({ length: outputs }, (_, i) => i);
}

/** Which output stands at each place while stage i mixes neighbours: (c, g, k) is read as (c, k, g), with g = 2. */
function butterflyOrder(outputs: number, size: number, stage: number): Uint32Array {
  const distance = (2 ** stage * size) / 2;
  return Uint32Array.from({ length: outputs }, (_, place) => {
    const chunk = Math.floor(place / (2 * distance));
    const within = place % (2 * distance);
    return chunk * 2 * distance + (within % 2) * distance + Math.floor(within / 2);
  });
}

/** Rotates blocks of rows in place; only the rows of one block are copied. */
function rotate(
  values: Float32Array,
  columns: number,
  order: Uint32Array,
  { size, count, entry }: Rotations,
  { stage, isTransposed }: { readonly stage: number; readonly isTransposed: boolean },
): void {
  const rows = Array.from({ length: size }, () => new Float32Array(columns));
  const blocks = order.length / size;
  for (let block = 0; block < blocks; block++) {
    const places = order.subarray(block * size, (block + 1) * size);
    rows.forEach((row, i) => {
      const start = (places[i] ?? 0) * columns;
      row.set(values.subarray(start, start + columns));
    });
    const rotation = (stage * blocks + block) % count;
    places.forEach((place, to) => {
      const target = values.subarray(place * columns, (place + 1) * columns).fill(0);
      rows.forEach((row, from) => {
        const factor = isTransposed ? entry(rotation, from, to) : entry(rotation, to, from);
        for (let i = 0; i < columns; i++) target[i] = (target[i] ?? 0) + factor * (row[i] ?? 0);
      });
    });
  }
}

function scaleRows(values: Float32Array, columns: number, factors: Float32Array): void {
  for (let i = 0; i < values.length; i++) values[i] = (values[i] ?? 0) * (factors[Math.floor(i / columns)] ?? 1);
}
