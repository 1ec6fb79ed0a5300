import { expect, it } from 'vitest';

import { writeTextualInversion } from '../../checkpoint/kinds/textual-inversion.ts';
import { loadNamedEmbeddings } from './installed-embeddings.ts';
import { namedIn, parseText } from './parsed-text.ts';
import { TriggerWords } from './trigger-words.ts';

const installed = (trigger: string, vectors: readonly number[]) => {
  const bytes = writeTextualInversion(trigger, Float32Array.from(vectors), 2);
  return { trigger, file: new File([bytes], `${trigger}.safetensors`) };
};
const toy = installed('<toy>', [1, 2, 3, 4]);
const broken = { trigger: '<broken>', file: new File(['no tensors'], 'broken.safetensors') };

it('embeddings that the texts name are read once, and no others', async () => {
  const triggers = new TriggerWords([toy, broken]);
  const texts = ['a <toy> and a <toy>', 'no word', 'the <toy>'].map((text) => parseText(text, triggers));
  const loaded = await loadNamedEmbeddings(texts, 2);
  const named = loaded.map((text) => [...namedIn(text)]);
  expect(named.map((each) => each.length)).toEqual([1, 0, 1]);
  expect(named[0]?.[0]).toEqual({ trigger: '<toy>', vectors: 2, values: Float32Array.of(1, 2, 3, 4) });
  expect(named[2]?.[0]).toBe(named[0]?.[0]);
  expect(loaded[0]?.chunks.map(({ text }) => text)).toEqual(['a', '<toy>', 'and', 'a', '<toy>']);
  expect(loaded[0]?.chunks[0]?.pieces).toEqual([{ text: 'a', named: null, weight: 1 }]);
});

it('one that is named and cannot be read, or has another width, is refused', async () => {
  const texts = [parseText('a <broken>', new TriggerWords([toy, broken]))];
  await expect(loadNamedEmbeddings(texts, 2)).rejects.toMatchObject({ code: 'bad-safetensors' });
  await expect(loadNamedEmbeddings([parseText('<toy>', new TriggerWords([toy]))], 3)).rejects.toMatchObject({
    code: 'bad-embedding',
  });
});
