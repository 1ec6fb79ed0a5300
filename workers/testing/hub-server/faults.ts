/**
 * Something that goes wrong on command. `path` is a regular expression for the file's path in its repository, or for that
 * of the listing ("/api/models/…"), which knows only `status`; the first
 * `skip` requests that match are answered rightly, the next `times` (default: all) wrongly.
 */
export type Fault = { readonly path: string; readonly skip?: number; readonly times?: number } &
  /** The connection breaks before byte `at` of the file is sent. */
  (
    | { readonly kind: 'cut'; readonly at: number }
    /** Nothing is sent from byte `at` of the file on; the connection stays open. */
    | { readonly kind: 'silence'; readonly at: number }
    /** Range is ignored: 200 and the whole file. */
    | { readonly kind: 'ignore-range' }
    /** Another version of the file: every byte inverted, another ETag. */
    | { readonly kind: 'changed' }
    /** One byte is wrong; length and ETag are right. */
    | { readonly kind: 'wrong-byte'; readonly at: number }
    | { readonly kind: 'status'; readonly status: number; readonly retryAfter?: number; readonly errorCode?: string }
    /** 200 and a web page. */
    | { readonly kind: 'html' }
    /** The pointer that git keeps instead of the file. */
    | { readonly kind: 'lfs-pointer' }
    | { readonly kind: 'slow'; readonly bytesPerSecond: number }
    /** The connection closes without an answer. */
    | { readonly kind: 'drop' }
  );

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
