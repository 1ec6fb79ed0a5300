import { expect, it } from 'vitest';

import { LookMemory, pictureDigits, type LookStore } from './look-memory.ts';

function mapStore(): LookStore & { readonly kept: Map<string, Float32Array<ArrayBuffer>> } {
  const kept = new Map<string, Float32Array<ArrayBuffer>>();
  return {
    kept,
    get: (key) => Promise.resolve(kept.get(key) ?? null),
    set: (key, values) => Promise.resolve(void kept.set(key, values)),
  };
}

/** What is made, and how often. */
function maker(values: readonly number[] = [1, 2]) {
  const made = { times: 0 };
  const make = () => {
    made.times += 1;
    return Promise.resolve(Float32Array.from(values));
  };
  return { made, make };
}

const question = { picture: 'f'.repeat(64), what: 'a dog', precision: 'f16', length: 2 } as const;

it('makes a thing once, in this life and in the next', async () => {
  const { made, make } = maker();
  const store = mapStore();
  const first = new LookMemory('adapter', store);
  await first.recall(question, make);
  expect([...(await first.recall(question, make))]).toEqual([1, 2]);
  expect([...(await new LookMemory('adapter', store).recall(question, make))]).toEqual([1, 2]);
  expect(made.times).toBe(1);
});

it('tells pictures, adapters and precisions apart', async () => {
  const { made, make } = maker();
  const store = mapStore();
  const memory = new LookMemory('adapter', store);
  await memory.recall(question, make);
  await memory.recall({ ...question, what: 'a cat' }, make);
  await memory.recall({ ...question, precision: 'f32' }, make);
  await new LookMemory('another', store).recall(question, make);
  expect(made.times).toBe(4);
});

it('takes what an encoder that had overflowed made in 32 bit', async () => {
  const { made, make } = maker();
  const store = mapStore();
  await new LookMemory('adapter', store).recall({ ...question, precision: 'f32' }, make);
  await new LookMemory('adapter', store).recall(question, make);
  expect(made.times).toBe(1);
});

it('makes anew what is kept in another size', async () => {
  const { made, make } = maker();
  const store = mapStore();
  await new LookMemory('adapter', store).recall(question, make);
  for (const key of store.kept.keys()) store.kept.set(key, new Float32Array(3));
  await new LookMemory('adapter', store).recall(question, make);
  expect(made.times).toBe(2);
});

it('without a store remembers for this life only', async () => {
  const { made, make } = maker();
  const memory = new LookMemory('adapter', null);
  await memory.recall(question, make);
  await memory.recall(question, make);
  await new LookMemory('adapter', null).recall(question, make);
  expect(made.times).toBe(2);
});

it('names the picture first in its keys, so that what is known of one can be forgotten', async () => {
  const { make } = maker();
  const store = mapStore();
  const memory = new LookMemory('adapter', store);
  await memory.recall(question, make);
  await memory.recall({ ...question, picture: null, what: 'nothing' }, make);
  expect([...store.kept.keys()].map((key) => key.split('-')[0])).toEqual(['f'.repeat(pictureDigits), 'none']);
});
