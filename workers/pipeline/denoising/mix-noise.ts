/** Above this cosine two columns are as good as one: the sine that the mix divides by is too small. */
const parallel = 0.9995;

/**
 * A spherical mix of the noise of two seeds (Shoemake 1985), column by column, as AUTOMATIC1111 mixes its variation
 * seed: the amount there and here means the same picture.
 * @param first N(0, 1), [C · h · w]
 * @param second likewise
 * @param amount 0 gives the first, 1 the second
 * @param width w
 * @param height h
 */
export function mixNoise(
  first: Float32Array<ArrayBuffer>,
  second: Float32Array<ArrayBuffer>,
  amount: number,
  { width, height }: { readonly width: number; readonly height: number },
): Float32Array<ArrayBuffer> {
  const columns = first.length / height;
  const at = (column: number, row: number): number =>
    (Math.floor(column / width) * height + row) * width + (column % width);
  const cosines = Array.from({ length: columns }, (_, column) => {
    const sums = [0, 0, 0];
    for (let row = 0; row < height; row++) {
      const [a = 0, b = 0] = [first[at(column, row)], second[at(column, row)]];
      for (const [index, value] of [a * b, a * a, b * b].entries()) sums[index] = (sums[index] ?? 0) + value;
    }
    const [product = 0, left = 0, right = 0] = sums;
    return product / Math.sqrt(left * right);
  });
  const mean = cosines.reduce((sum, cosine) => sum + cosine, 0) / columns;
  const mixed = new Float32Array(first.length);
  for (const [column, cosine] of cosines.entries()) {
    const [kept, added] = mean > parallel ? [1 - amount, amount] : shares(Math.acos(cosine), amount);
    for (let row = 0; row < height; row++) {
      const index = at(column, row);
      mixed[index] = kept * (first[index] ?? 0) + added * (second[index] ?? 0);
    }
  }
  return mixed;
}

function shares(angle: number, amount: number): readonly [number, number] {
  return [Math.sin((1 - amount) * angle) / Math.sin(angle), Math.sin(amount * angle) / Math.sin(angle)];
}
