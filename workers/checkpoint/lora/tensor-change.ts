/** What a file does to one tensor of the base, its strength included. */
export interface TensorChange {
  /**
   * Changes all values, row by row, in place; reads what it needs of the file.
   * @throws PinwordError 'tensor-dtype' | 'nan-weight', and what reading throws
   */
  apply(values: Float32Array<ArrayBuffer>): Promise<void>;
}

/** What a module does to the layer of its name. */
export interface ModuleChange {
  readonly weight: TensorChange | null;
  readonly bias: TensorChange | null;
}

/** What is added to a weight [out, columns]: one row at a time, so that no second weight is held. */
export interface RowDelta {
  /** @param values the row of the base, changed in place. */
  addTo(values: Float32Array, row: number): void;
}

/** A delta whose shapes were checked; its numbers are read when they are needed. */
export interface DeltaPlan {
  /** @param strength multiplies everything, alpha / rank already counted. */
  load(strength: number): Promise<RowDelta>;
}

/** Adds a delta to all rows of a weight. */
export function addRows(delta: RowDelta, values: Float32Array, rows: number): void {
  const columns = values.length / rows;
  for (let row = 0; row < rows; row++) delta.addTo(values.subarray(row * columns, (row + 1) * columns), row);
}
