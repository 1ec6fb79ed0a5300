import { expect, it } from 'vitest';

import { reportRows } from './report.ts';
import { cosine, meanCosine } from '../../workers/pipeline/modules/cosine.ts';
import { meanOfSubjects, pairedBootstrap, realAgainstReal } from './scores.ts';

const vector = (...values: readonly number[]): Float32Array => Float32Array.from(values);

it('a picture is one with itself, whatever its length, and nothing with what is at right angles', () => {
  expect(cosine(vector(3, 4), vector(6, 8))).toBeCloseTo(1, 6);
  expect(cosine(vector(1, 0), vector(0, 5))).toBe(0);
  expect(cosine(vector(1, 0), vector(0, 0))).toBe(0);
});

it('a made picture is compared with every photo, real photos with each other and never with themselves', () => {
  expect(meanCosine(vector(1, 0), [vector(1, 0), vector(0, 1)])).toBeCloseTo(0.5, 6);
  expect(realAgainstReal([vector(1, 0), vector(0, 1), vector(1, 0)])).toBeCloseTo(1 / 3, 6);
  expect(realAgainstReal([vector(1, 0)])).toBeNull();
});

it('a subject with many pictures counts no more than one with few', () => {
  const values = new Map([
    ['dog', [1, 1, 1]],
    ['cat', [0]],
  ]);
  expect(meanOfSubjects(values)).toBe(0.5);
});

it('a difference that every subject shows has an interval without width; one that half of them show has zero in it', () => {
  const steady = pairedBootstrap([0.5, 0.6, 0.9], [0.4, 0.5, 0.8]);
  expect(steady.low).toBeCloseTo(0.1, 9);
  expect(steady.high).toBeCloseTo(0.1, 9);
  const even = pairedBootstrap([0.1, 0, 0.1, 0], [0, 0.1, 0, 0.1]);
  expect(even.mean).toBeCloseTo(0, 9);
  expect(even.low).toBeLessThan(0);
  expect(even.high).toBeGreaterThan(0);
});

it('the interval is that of resampled means: of n subjects, one of which differs by 1, it reaches from 0 to about 3 of n', () => {
  const one = pairedBootstrap([1, ...new Array<number>(19).fill(0)], new Array<number>(20).fill(0));
  expect(one.low).toBe(0);
  // How often the one is drawn is Poisson with mean 1: more than 3 times in 1.9 % of the draws, more than 2 times in 8 %.
  expect(one.high).toBeCloseTo(3 / 20, 9);
});

it('the table has a row a method, the real photos first, and by how much each is above the first', () => {
  const scores = (dino: number) => ({ dino, clipI: dino, clipT: 0.3 });
  const { head, rows } = reportRows(
    [
      { subject: 'dog', method: 'none', scores: scores(0.4) },
      { subject: 'cat', method: 'none', scores: scores(0.2) },
      { subject: 'dog', method: 'look', scores: scores(0.7) },
      { subject: 'cat', method: 'look', scores: scores(0.5) },
      { subject: 'dog', method: 'real against real', scores: { dino: 0.9, clipI: 0.8, clipT: null } },
    ],
    '{"out":"/results/look/dog-00-0.png","milliseconds":3000}\nnoise\n{"line":2,"error":"no"}\n',
  );
  expect(head).toEqual(['method', 'DINO', 'above none', 'CLIP-I', 'above none', 'CLIP-T', 'above none', 's a picture']);
  expect(rows).toEqual([
    ['real against real', '0.900', '', '0.800', '', '', '', ''],
    ['none', '0.300', '', '0.300', '', '0.300', '', ''],
    [
      'look',
      '0.600',
      '+0.300 [+0.300, +0.300]',
      '0.600',
      '+0.300 [+0.300, +0.300]',
      '0.300',
      '+0.000 [+0.000, +0.000]',
      '3.0',
    ],
  ]);
});
