import { expect, it } from 'vitest';

import { readArguments } from './arguments.ts';

const needed = ['--data', '/photos', '--out', '/results'];

it('the command of the README is read: what follows -- goes to every picture, after the model', () => {
  const given = [...needed, '--model', 'owner/name', '--', '--steps', '25', '--look', 'h94/IP-Adapter/a.safetensors'];
  expect(readArguments(given)).toEqual({
    data: '/photos',
    out: '/results',
    subset: { subjects: 5, prompts: 5, seeds: 1 },
    methods: ['none', 'pseudo-word', 'look', 'look-bound', 'look-detail'],
    dino: 'facebook/dino-vits16',
    clip: 'openai/clip-vit-base-patch32',
    firstSeed: 0,
    flags: ['--model', 'owner/name', '--steps', '25', '--look', 'h94/IP-Adapter/a.safetensors'],
  });
});

it.each([
  [['--out', '/results'], '--data'],
  [[...needed, '--methods', 'none,look'], '--look FILE'],
  [[...needed, '--methods', 'none', '--seed', '1.5'], '--seed 1.5'],
  [[...needed, '--methods', 'none', '--novel', '1'], '--novel'],
  [[...needed, '--methods', 'none', '--subset', '5x26x1'], '--subset 5x26x1'],
])('what is wrong is named before anything starts: %j', (given, words) => {
  expect(() => readArguments(given)).toThrow(words);
});
