import fc from 'fast-check';
import type { ByteSource } from '../../checkpoint/bytes/byte-source.ts';
import { type ErrorCode, PinwordError } from '../../errors.ts';

/** Cases a property: few in the unit tests, FUZZ_CASES in `npm run fuzz`. */
export const cases = Number(process.env['FUZZ_CASES'] ?? 200);

/** Mutations of a file: bytes overwritten, a piece cut out, the end cut off. */
interface Mutation {
  readonly overwrites: readonly (readonly [number, number])[];
  readonly cut: readonly [number, number] | null;
  readonly keep: number | null;
}

/** A place in a file; its two ends, where formats keep their lengths, are met more often. */
const fraction = fc.oneof(
  ...[
    [0, 1],
    [0, 0.02],
    [0.98, 1],
  ].map(([min = 0, max = 1]) => fc.double({ min, max, maxExcluded: true, noNaN: true })),
);
const interestingByte = fc.oneof(
  fc.nat(255),
  fc.constantFrom(0, 1, 0x7f, 0x80, 0xff, 0x22, 0x2c, 0x5b, 0x7b, 0x30, 0x39),
);

export const mutations: fc.Arbitrary<Mutation> = fc.record({
  overwrites: fc.array(fc.tuple(fraction, interestingByte), { maxLength: 6 }),
  cut: fc.option(fc.tuple(fraction, fc.nat(16)), { freq: 4 }),
  keep: fc.option(fraction, { freq: 6 }),
});

export function mutate(bytes: Uint8Array, { overwrites, cut, keep }: Mutation): Uint8Array<ArrayBuffer> {
  const changed = Uint8Array.from(bytes);
  for (const [where, value] of overwrites) changed[Math.floor(where * changed.length)] = value;
  const cutAt = cut === null ? changed.length : Math.floor(cut[0] * changed.length);
  const joined = new Uint8Array(Buffer.concat([changed.subarray(0, cutAt), changed.subarray(cutAt + (cut?.[1] ?? 0))]));
  return keep === null ? joined : joined.slice(0, Math.floor(keep * joined.length));
}

/** Values where others are expected. */
const strangeValue = fc.oneof(
  fc.jsonValue(),
  fc.constantFrom<unknown>(2 ** 31 - 1, -1, 0, 0.5, 1e308, Number.NaN, -Infinity, '__proto__', '', null, [], {}),
);

/** A JSON value in which up to three places hold another value. Those near the root are met more often. */
export function changedJson(json: unknown): fc.Arbitrary<unknown> {
  const text = JSON.stringify(json);
  const path = fc.array(fc.nat(), { minLength: 1, maxLength: 6 });
  return fc.array(fc.tuple(path, strangeValue), { minLength: 1, maxLength: 3 }).map((changes) => {
    const root = JSON.parse(text) as object;
    for (const [steps, value] of changes) setAt(root, steps, value);
    return root;
  });
}

/** Each step chooses among the entries of what the one before it led to. */
function setAt(node: object, [step = 0, ...more]: readonly number[], value: unknown): void {
  const keys = Object.keys(node);
  const key = keys[step % keys.length];
  if (key === undefined) return;
  const child: unknown = Reflect.get(node, key);
  if (more.length > 0 && typeof child === 'object' && child !== null) setAt(child, more, value);
  else Reflect.set(node, key, value);
}

/** A file in memory that fails the test when something is read outside of it. */
export function guardedSource(bytes: Uint8Array<ArrayBuffer>, name = 'fuzz'): ByteSource {
  return {
    name,
    size: bytes.length,
    read: (offset, length) => {
      const isInside =
        Number.isSafeInteger(offset) &&
        Number.isSafeInteger(length) &&
        offset >= 0 &&
        length >= 0 &&
        offset + length <= bytes.length;
      if (!isInside) return Promise.reject(new Error(`read [${offset}, +${length}) of ${bytes.length} bytes`));
      return Promise.resolve(bytes.slice(offset, offset + length));
    },
  };
}

/** The result, or null where it failed with one of these codes; any other failure goes on. */
export async function typed<T>(codes: readonly ErrorCode[], run: () => Promise<T>): Promise<T | null> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof PinwordError && codes.includes(error.code)) return null;
    throw error;
  }
}
