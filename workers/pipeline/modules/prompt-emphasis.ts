import { PinwordError } from '../../errors.ts';

/**
 * Makes positions of a text count more or less, as A1111's emphasis “Original” does: their hidden states are multiplied,
 * then all of them, so that their mean is what it was.
 * @param states [S, D], changed in place
 * @param weights [S]; null where all count 1
 * @throws PinwordError 'weight-too-large' where the product is no number
 */
export function weigh(states: Float32Array, weights: Float32Array | null): void {
  if (weights === null) return;
  const dimension = states.length / weights.length;
  const before = sum(states);
  for (const [position, weight] of weights.entries()) {
    for (let index = position * dimension; index < (position + 1) * dimension; index++) {
      states[index] = (states[index] ?? 0) * weight;
    }
  }
  const ratio = before / sum(states);
  for (const [index, value] of states.entries()) states[index] = value * ratio;
  if (!Number.isFinite(sum(states))) {
    throw new PinwordError(
      'weight-too-large',
      'The weights in brackets are too large to compute with. Usual ones lie between 0.5 and 1.5: “(dog:1.2)”.',
    );
  }
}

function sum(values: Float32Array): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}

/** Sections [rows, S, D] → [rows, S · sections, D]. */
export function joinSections(
  sections: readonly Float32Array[],
  rows: number,
  dimension: number,
): { readonly values: Float32Array<ArrayBuffer>; readonly dims: readonly number[] } {
  const length = sections.reduce((total, section) => total + section.length, 0);
  const values = new Float32Array(length);
  let offset = 0;
  for (let row = 0; row < rows; row++) {
    for (const section of sections) {
      const size = section.length / rows;
      values.set(section.subarray(row * size, (row + 1) * size), offset);
      offset += size;
    }
  }
  return { values, dims: [rows, length / rows / dimension, dimension] };
}
