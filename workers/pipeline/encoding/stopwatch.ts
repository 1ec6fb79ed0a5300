import type { Timings } from '../../api.ts';

type Phase = 'encodePicture' | 'encodeSubjects' | 'encodeText' | 'denoise' | 'decode';

/** Adds up the milliseconds of each phase of a run. */
export class Stopwatch {
  readonly #start = performance.now();
  readonly #spent: Record<Phase, number> = {
    encodePicture: 0,
    encodeSubjects: 0,
    encodeText: 0,
    denoise: 0,
    decode: 0,
  };
  #firstPreview: number | null = null;

  async time<T>(phase: Phase, task: () => Promise<T>): Promise<T> {
    const start = performance.now();
    try {
      return await task();
    } finally {
      this.#spent[phase] += performance.now() - start;
    }
  }

  previewShown(): void {
    this.#firstPreview ??= performance.now() - this.#start;
  }

  /** @param steps denoising steps done over all pictures */
  timings(steps: number): Timings {
    return { ...this.#spent, firstPreview: this.#firstPreview ?? 0, perStep: this.#spent.denoise / Math.max(1, steps) };
  }
}
