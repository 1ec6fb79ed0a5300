import { readFile } from 'node:fs/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { loadVocabulary, offersFor, unknownWords, withWord, type Vocabulary } from './vocabulary.ts';

const file = await readFile('public/models/picturebook/vocabulary.json', 'utf8');
vi.stubGlobal('fetch', () => Promise.resolve(new Response(file)));

async function loaded(): Promise<Vocabulary> {
  const vocabulary = await loadVocabulary();
  if (vocabulary === null) throw new RangeError('There is no vocabulary.');
  return vocabulary;
}

const vocabulary = await loaded();
afterEach(() => {
  vi.unstubAllGlobals();
});

const none = new Set<number>();
const unknown = (caption: string): readonly number[] => unknownWords(caption, vocabulary, none);

describe('words that the picture book was not taught', () => {
  it.each([
    ['a dog on the beach', []],
    ['A Dog, on the BEACH!', []],
    ['a wolf on the beach', [1]],
    ['a red (dog:1.3) with 3 spots — in my house', []],
    ['the dog’s house and a dragon', [5]],
    ['ein Hund 犬', [0, 1, 2]],
    ['', []],
  ])('of “%s”', (caption, words) => {
    expect(unknown(caption)).toEqual(words);
  });

  it('are not those that a picture or an embedding speaks for', () => {
    expect(unknownWords('a wolf and a dragon', vocabulary, new Set([1]))).toEqual([4]);
  });

  it('are found in every example and word of the site: none', async () => {
    const examples = JSON.parse(await readFile('public/models/picturebook/examples.json', 'utf8')) as {
      caption: string;
    }[];
    for (const { caption } of examples) expect(unknown(caption), caption).toEqual([]);
  });
});

describe('what is offered', () => {
  it.each([
    ['dgo', ['dog']],
    ['dogs', ['dog']],
    ['elefant', ['elephant']],
    ['forrest,', ['forest']],
    ['boats', ['boat']],
  ])('for “%s” is spelled alike', (word, words) => {
    expect(offersFor(word, vocabulary)).toEqual([{ kind: 'Spelled alike', words }]);
  });

  it('for any other word are subjects and places, and each of them is known', () => {
    const offers = offersFor('spaceship', vocabulary);
    expect(offers.map(({ kind }) => kind)).toEqual(['Subjects', 'Places']);
    for (const word of vocabulary.offers.flatMap(({ words }) => words)) expect(unknown(word), word).toEqual([]);
  });
});

describe('another word in the place of one', () => {
  it.each([
    ['a wolf on the beach', 1, 'a dog on the beach'],
    ['  a  “Wolf”, there', 1, '  a  “dog”, there'],
    ['a (wolf:1.3) there', 1, 'a (dog:1.3) there'],
    ['wolf wolf', 1, 'wolf dog'],
  ])('in “%s”', (caption, index, expected) => {
    expect(withWord(caption, index, 'dog')).toBe(expected);
  });
});
