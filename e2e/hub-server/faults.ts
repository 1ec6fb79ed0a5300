import * as z from 'zod';

const count = z.number().int().nonnegative();

/**
 * Something that goes wrong on command. `path` is a regular expression for the file's path in its repository, or for that
 * of the listing ("/api/models/…"), which knows only `status`; the first
 * `skip` requests that match are answered rightly, the next `times` (default: all) wrongly.
 */
const faultSchema = z.intersection(
  z.object({ path: z.string(), skip: count.optional(), times: count.optional() }),
  z.discriminatedUnion('kind', [
    /** The connection breaks before byte `at` of the file is sent. */
    z.object({ kind: z.literal('cut'), at: count }),
    /** Nothing is sent from byte `at` of the file on; the connection stays open. */
    z.object({ kind: z.literal('silence'), at: count }),
    /** Range is ignored: 200 and the whole file. */
    z.object({ kind: z.literal('ignore-range') }),
    /** Another version of the file: every byte inverted, another ETag. */
    z.object({ kind: z.literal('changed') }),
    /** One byte is wrong; length and ETag are right. */
    z.object({ kind: z.literal('wrong-byte'), at: count }),
    z.object({ kind: z.literal('status'), status: z.number().int(), retryAfter: z.number().optional(), errorCode: z.string().optional() }),
    /** 200 and a web page. */
    z.object({ kind: z.literal('html') }),
    /** The pointer that git keeps instead of the file. */
    z.object({ kind: z.literal('lfs-pointer') }),
    z.object({ kind: z.literal('slow'), bytesPerSecond: z.number().positive() }),
    /** The connection closes without an answer. */
    z.object({ kind: z.literal('drop') }),
  ]),
);

export type Fault = z.infer<typeof faultSchema>;
export const faultsSchema = z.array(faultSchema);

/** Decides for each request which faults apply. */
export class FaultPlan {
  readonly #faults: readonly { fault: Fault; path: RegExp }[];
  readonly #matches = new Map<Fault, number>();

  constructor(faults: readonly Fault[]) {
    this.#faults = faults.map((fault) => ({ fault, path: new RegExp(fault.path) }));
  }

  take(path: string): readonly Fault[] {
    return this.#faults.flatMap(({ fault, path: pattern }) => {
      if (!pattern.test(path)) return [];
      const seen = this.#matches.get(fault) ?? 0;
      this.#matches.set(fault, seen + 1);
      const first = fault.skip ?? 0;
      return seen >= first && seen < first + (fault.times ?? Infinity) ? [fault] : [];
    });
  }
}
