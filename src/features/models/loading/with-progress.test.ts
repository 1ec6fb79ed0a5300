import { expect, it } from 'vitest';
import type { LoadProgress } from '../../../../workers/api.ts';
import { withProgress } from './with-progress.ts';

it('drops progress that comes after the result', async () => {
  const at = (bytes: number): LoadProgress => ({ phase: 'verify', file: 'unet', bytes, totalBytes: 3 });
  const seen: number[] = [];
  let report: (progress: LoadProgress) => void = () => undefined;
  const result = await withProgress(
    (listen) => {
      report = listen;
      listen(at(1));
      return Promise.resolve('done');
    },
    ({ bytes }) => {
      seen.push(bytes);
    },
  );
  report(at(2));
  expect(result).toBe('done');
  expect(seen).toEqual([1]);
});
