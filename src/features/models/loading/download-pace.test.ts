import { describe, expect, it } from 'vitest';
import type { LoadProgress } from '../../../../workers/api.ts';
import { nextPace, type DownloadPace } from './download-pace.ts';

const progress = (bytes: number, file = 'unet'): LoadProgress => ({ phase: 'download', file, bytes, totalBytes: 1e9 });

describe('the speed of a download', () => {
  it('is known after two events that are far enough apart', () => {
    const first = nextPace(null, progress(0), 0);
    expect(first?.rate).toBeNull();
    expect(nextPace(first, progress(1e6), 100)).toBe(first);
    expect(nextPace(first, progress(2e6), 1000)?.rate).toBeCloseTo(2e6);
  });

  it('follows changes slowly and lives on in the next file', () => {
    const steady: DownloadPace = { file: 'unet', at: 0, bytes: 0, rate: 1e6 };
    expect(nextPace(steady, progress(2e6), 1000)?.rate).toBeCloseTo(1.3e6);
    expect(nextPace(steady, progress(0, 'vae'), 1000)).toMatchObject({ file: 'vae', rate: 1e6 });
  });

  it('does not go below zero when a download starts over', () => {
    expect(nextPace({ file: 'unet', at: 0, bytes: 5e6, rate: 1e6 }, progress(0), 1000)?.rate).toBe(1e6);
  });

  it('means nothing in other phases', () => {
    expect(nextPace(null, { phase: 'verify', file: 'unet', bytes: 0, totalBytes: 0 }, 0)).toBeNull();
  });
});
