/** Quantile function of the Beta(a, a) distribution on [0, 1], to about twelve digits. */
export function betaQuantile(share: number, a: number): number {
  if (share <= 0) return 0;
  if (share >= 1) return 1;
  // By symmetry only the lower half is searched, where the distribution function loses no digits.
  if (share > 0.5) return 1 - betaQuantile(1 - share, a);
  const target = 2 * share * incompleteBeta(0.5, a);
  let low = 0;
  let high = 0.5;
  for (let i = 0; i < 100; i += 1) {
    const middle = (low + high) / 2;
    if (incompleteBeta(middle, a) < target) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** ∫_0^x t^(a−1)·(1−t)^(a−1) dt for x ≤ 1/2, by its power series (DLMF 8.17.7) and up to a factor that a alone decides. */
function incompleteBeta(x: number, a: number): number {
  let term = 1;
  let sum = 0;
  for (let n = 0; term > 1e-18; n += 1) {
    sum += (term * a) / (a + n);
    term *= (x * (n + 1 - a)) / (n + 1);
  }
  return x ** a * sum;
}
