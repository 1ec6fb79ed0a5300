/**
 * Results of what goes on at once.
 * @throws what the first of them in this order threw, once all have ended: which error is told does not depend on which
 *   answer was the fastest
 */
export async function allInOrder<T extends readonly unknown[] | []>(
  running: T,
): Promise<{ -readonly [P in keyof T]: Awaited<T[P]> }> {
  await Promise.allSettled(running);
  for (const each of running) await each;
  return Promise.all(running);
}
