import { expect, it } from 'vitest';

import { LowRank } from './low-rank.ts';

it.each([1, 3, 4, 5, 9])('a product of rank %i is added row by row', (rank) => {
  const [rows, columns] = [3, 5];
  const up = Float32Array.from({ length: rows * rank }, (_, i) => (i % 7) - 3);
  const down = Float32Array.from({ length: rank * columns }, (_, i) => (i % 5) + 1);
  const product = new LowRank(up, down, rank, 2);
  expect(product.columns).toBe(columns);
  for (let row = 0; row < rows; row++) {
    const values = new Float32Array(columns).fill(100);
    product.addTo(values, row);
    const expected = Array.from({ length: columns }, (_, column) => {
      let sum = 0;
      for (let r = 0; r < rank; r++) sum += (up[row * rank + r] ?? NaN) * (down[r * columns + column] ?? NaN);
      return 100 + 2 * sum;
    });
    expect([...values]).toEqual(expected);
  }
});
