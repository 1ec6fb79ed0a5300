/** numpy's habits, where a timestep or a σ depends on them. */

/** numpy.linspace in float64. */
export function linspace(start: number, stop: number, count: number): number[] {
  const step = (stop - start) / Math.max(1, count - 1);
  return Array.from({ length: count }, (_, i) => (i > 0 && i === count - 1 ? stop : start + i * step));
}

/** numpy.round: halves go to the even neighbour. */
export function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  if (value - floor !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}

/** Value of a table at a fractional index, between its neighbours in a straight line, clamped to its ends. */
export function interpolate(table: ArrayLike<number>, index: number): number {
  const low = Math.min(Math.max(Math.floor(index), 0), table.length - 1);
  const high = Math.min(low + 1, table.length - 1);
  const atLow = table[low] ?? Number.NaN;
  return ((table[high] ?? Number.NaN) - atLow) * Math.max(0, index - low) + atLow;
}
