import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, it } from 'vitest';

import { keepSettings, missingOf } from './kept-settings.ts';
import { ScoreKeeper } from './score-pictures.ts';

const newFolder = (): string => mkdtempSync(join(tmpdir(), 'dreambench-'));
const scores = { dino: 0.5, clipI: 0.6, clipT: 0.3 };

it('a run that stopped makes only the pictures that are not there', () => {
  const out = newFolder();
  const pictures = ['look/a.png', 'look/b.png'].map((name) => ({ file: join(out, name) }));
  expect(missingOf(pictures)).toEqual(pictures);
  mkdirSync(join(out, 'look'));
  writeFileSync(join(out, 'look/a.png'), '');
  expect(missingOf(pictures)).toEqual(pictures.slice(1));
});

it('pictures of other settings are not counted as those of these', async () => {
  const out = join(newFolder(), 'results');
  const settings = { data: '/photos', flags: ['--steps', '25'] };
  await keepSettings(out, settings);
  await keepSettings(out, settings);
  for (const other of [
    { ...settings, data: '/others' },
    { ...settings, flags: ['--steps', '50'] },
  ])
    await expect(keepSettings(out, other)).rejects.toThrow(/made with other settings: .*"--steps", "25".* --out/u);
});

it('scores are there again, each as soon as it is known; those of other encoders are not', async () => {
  const path = join(newFolder(), 'scores.json');
  await (await ScoreKeeper.open(path, 'one')).set('a.png', scores);
  const again = await ScoreKeeper.open(path, 'one');
  expect([again.get('a.png'), again.get('b.png')]).toEqual([scores, undefined]);
  expect((await ScoreKeeper.open(path, 'other')).get('a.png')).toBeUndefined();
});
