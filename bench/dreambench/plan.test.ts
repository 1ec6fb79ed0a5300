import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, it } from 'vitest';

import { contactSheet } from './contact-sheet.ts';
import { parseMethods } from './methods.ts';
import { jobOf, parseSubset, planPictures } from './plan.ts';
import { photosOf, promptsOf, subjectsIn } from './subjects.ts';

function dataOf(...names: readonly string[]): string {
  const data = mkdtempSync(join(tmpdir(), 'dreambench-'));
  for (const name of names) {
    mkdirSync(join(data, name));
    for (const file of ['01.jpg', '00.jpg', 'notes.txt']) writeFileSync(join(data, name, file), '');
  }
  return data;
}

const data = dataOf('dog2', 'bear_plushie', 'somebody');
const settings = { data, out: '/out', methods: parseMethods('none,look'), firstSeed: 5 } as const;

it('a subject has 25 prompts; only those that live wear hats', () => {
  const [bear, dog] = subjectsIn(data, 2);
  if (bear === undefined || dog === undefined) throw new RangeError('Both are there.');
  expect([bear.name, dog.name]).toEqual(['bear_plushie', 'dog2']);
  for (const subject of [bear, dog]) expect(new Set(promptsOf(subject)).size).toBe(25);
  expect(promptsOf(dog)).toContain('a {} wearing a santa hat');
  expect(promptsOf(bear)).not.toContain('a {} wearing a santa hat');
});

it('every method gets the same captions and seeds', () => {
  const plan = planPictures({ ...settings, subset: parseSubset('2x3x2') });
  expect(plan).toHaveLength(2 * 2 * 3 * 2);
  const of = (wanted: string) =>
    plan.filter(({ method }) => method === wanted).map(({ caption, seed }) => `${caption} ${seed}`);
  expect(of('look')).toEqual(of('none'));
  expect(new Set(plan.map(({ file }) => file)).size).toBe(plan.length);
  expect(plan[0]).toMatchObject({ caption: 'a stuffed animal in the jungle', seed: 5 });
});

it('the first photo is pinned on the last word of the class, and nothing is pinned for the floor', () => {
  const plan = planPictures({ ...settings, subset: parseSubset('2x1x1') });
  const jobs = plan.map((picture) => JSON.parse(jobOf(data, picture)) as Record<string, unknown>);
  expect(jobs[0]).toEqual({
    caption: 'a stuffed animal in the jungle',
    seed: 5,
    out: '/out/none/bear_plushie-00-5.png',
  });
  expect(jobs[2]).toMatchObject({ pin: `2=${join(data, 'bear_plushie', '00.jpg')}`, voices: 'look' });
});

it('fine detail is copied of the photo on the same word, beside the bound look', () => {
  const plan = planPictures({
    ...settings,
    methods: parseMethods('look-bound,look-detail'),
    subset: parseSubset('1x1x1'),
  });
  const [bound, detailed] = plan.map((picture) => JSON.parse(jobOf(data, picture)) as Record<string, unknown>);
  expect(detailed).toEqual({ ...bound, detail: '2', out: '/out/look-detail/bear_plushie-00-5.png' });
});

it('photos are those that are pictures, in order', () => {
  const [bear] = subjectsIn(data, 1);
  expect(bear === undefined ? [] : photosOf(data, bear).map((file) => file.slice(-6))).toEqual(['00.jpg', '01.jpg']);
});

it('what cannot be is named', () => {
  expect(() => parseSubset('5x26x1')).toThrow('--subset 5x26x1');
  expect(() => parseSubset('5x5')).toThrow('--subset 5x5 ');
  expect(() => parseMethods('none,magic')).toThrow('"magic"');
  expect(() => subjectsIn(data, 3)).toThrow("has 2 of DreamBench's subjects, and 3 are asked for");
});

it('the contact sheet shows a row a caption and a column a method', () => {
  const html = contactSheet(data, planPictures({ ...settings, subset: parseSubset('2x1x1') }), '/out/sheet.html');
  expect(html.match(/<tr>/gu)).toHaveLength(1 + 2);
  expect(html).toContain('<th>photo</th><th>none</th><th>look</th>');
  expect(html).toContain('src="look/dog2-00-5.png"');
});
