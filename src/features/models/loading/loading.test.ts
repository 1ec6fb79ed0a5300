import { describe, expect, it } from 'vitest';
import { loadingShare, loadingText, statusText } from './loading.ts';

const choice = { source: { kind: 'embedded' }, provider: 'auto' } as const;
const loading = (bytes: number, totalBytes: number) =>
  ({
    kind: 'loading',
    progress: { phase: 'download', file: 'unet', bytes, totalBytes },
    pace: null,
    cost: null,
  }) as const;

describe('a model that loads', () => {
  it('tells how far it is', () => {
    expect(loadingText(loading(20e6, 40e6))).toBe('Loading unet (20 MB of 40 MB)');
    const pace = { file: 'unet', at: 0, bytes: 0, rate: 5e6 };
    expect(loadingText({ ...loading(20e6, 40e6), pace })).toBe(
      'Loading unet (20 MB of 40 MB), 5.0 MB/s, about 4 s left',
    );
    expect(loadingShare(loading(20e6, 40e6))).toBe(0.4);
    expect(statusText({ model: loading(20e6, 40e6), choice })).toBe('Loading 40 %');
  });

  it('does not pretend to know what it does not', () => {
    expect(loadingShare(loading(5, 0))).toBeNull();
    expect(
      loadingText({
        kind: 'loading',
        progress: { phase: 'find', file: 'picturebook', bytes: 0, totalBytes: 0 },
        pace: null,
        cost: null,
      }),
    ).toBe('Looking for the model’s files…');
    expect(loadingShare({ kind: 'loading', progress: null, pace: null, cost: null })).toBeNull();
    expect(statusText({ model: loading(5, 0), choice })).toBe('Loading the model…');
    expect(loadingShare(loading(50, 40))).toBe(0.8);
  });

  it('goes on where the download ended while its networks are prepared', () => {
    const preparing = (bytes: number, totalBytes: number) =>
      ({
        kind: 'loading',
        progress: { phase: 'prepare', file: 'unet', bytes, totalBytes },
        pace: null,
        cost: null,
      }) as const;
    expect(loadingShare(preparing(0, 4))).toBe(0.8);
    expect(loadingShare(preparing(2, 4))).toBeCloseTo(0.9);
    expect(loadingText(preparing(2, 4))).toBe('Preparing unet…');
  });

  it('has a name when it does not', () => {
    expect(statusText({ model: { kind: 'none' }, choice })).toBe('Picture book');
  });
});
