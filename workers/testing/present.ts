/** What must be there. */
export function present<T>(value: T | null | undefined): T {
  if (value === null || value === undefined) throw new RangeError('It is not there.');
  return value;
}
