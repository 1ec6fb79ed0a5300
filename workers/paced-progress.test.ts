import { describe, expect, it } from 'vitest';

import type { LoadProgress } from './api.ts';
import { pacedProgress } from './paced-progress.ts';

const at = (file: string, bytes: number): LoadProgress => ({ phase: 'download', file, bytes, totalBytes: 1000 });

describe('progress of a download in many chunks', () => {
  it('is told a few times a second, with the beginning and the end of every file', () => {
    let time = 0;
    const told: LoadProgress[] = [];
    const onProgress = pacedProgress(
      (progress) => told.push(progress),
      () => time,
    );
    for (const file of ['unet', 'vae']) {
      for (let bytes = 1; bytes <= 1000; bytes += 1) {
        onProgress(at(file, bytes));
        time += 1;
      }
    }
    expect(told.length).toBeLessThan(40);
    for (const end of [at('unet', 1), at('unet', 1000), at('vae', 1), at('vae', 1000)])
      expect(told).toContainEqual(end);
  });
});
