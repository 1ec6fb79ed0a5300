import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { splitWords } from '../../../../workers/api.ts';
import { summary } from '../../models/loading/load-fixture.ts';
import type { EngineState } from '../../models/loading/engine-store.ts';
import { firstChoice, type ModelChoice } from '../../models/choice/model-choice.ts';
import type { PinnedEmbedding } from '../pins/pins.ts';
import type { Vocabulary } from '../caption/vocabulary.ts';
import { bookPlaces, bookTimes } from './picture-words.ts';
import { captionOf, nounOf, offeredWells, subjectWords, unnamed, type SaidWords, type WellName } from './wells.ts';

const file = JSON.parse(readFileSync('public/models/picturebook/vocabulary.json', 'utf8')) as {
  words: readonly string[];
  offers: Vocabulary['offers'];
};
const vocabulary: Vocabulary = { words: new Set(file.words), offers: file.offers };

const say = (wells: readonly WellName[], noun: string): string => {
  const { caption, words } = captionOf(new Set(wells), noun);
  const said = splitWords(caption);
  return `${caption}: ${wells.map((well) => said[words[well] ?? -1] ?? '?').join(' ')}`;
};

describe('the caption of the wells', () => {
  it.each<readonly [readonly WellName[], string, string]>([
    [['what'], 'dog', 'a dog: dog'],
    [['what'], 'elephant', 'an elephant: elephant'],
    [['what'], 'golden retriever', 'a golden retriever: retriever'],
    [['what'], 'my dog', 'my dog: dog'],
    [['what'], '犬', '犬: 犬'],
    [['what'], 'dog (old)', String.raw`a dog \(old\): (old)`],
    [['what', 'where'], 'dog', 'a dog in this place: dog place'],
    [['what', 'how'], 'dog', 'a dog in this style: dog style'],
    [['what', 'where', 'how'], 'dog', 'a dog in this place in this style: dog place style'],
    [['where'], 'dog', 'this place: place'],
    [['how'], 'dog', 'a picture in this style: style'],
    [['where', 'how'], 'dog', 'this place in this style: place style'],
    [[], 'dog', ': '],
  ])('of %j with a %s', (wells, noun, expected) => {
    expect(say(wells, noun)).toBe(expected);
  });

  it.each<readonly [readonly WellName[], SaidWords, string]>([
    [['what'], { where: 'on the beach' }, 'a dog on the beach'],
    [['what'], { where: 'on the beach', how: 'at night' }, 'a dog on the beach at night'],
    [['what'], { how: '' }, 'a dog'],
    [[], { where: 'on the beach' }, 'a picture on the beach'],
    [[], { where: '', how: 'at night' }, 'a picture at night'],
    [[], { where: 'on the beach', how: 'at night' }, 'a picture on the beach at night'],
    [[], { where: '' }, ''],
  ])('of %j, with %j in words', (pinned, said, caption) => {
    expect(captionOf(new Set(pinned), 'dog', said)).toEqual({
      caption,
      words: Object.fromEntries(pinned.map((well) => [well, 1])),
    });
  });

  it('says places and times to the picture book as it was taught them', () => {
    const places = vocabulary.offers.find(({ kind }) => kind === 'Places')?.words;
    expect(Object.keys(bookPlaces)).toEqual(places);
    for (const [place, phrase] of Object.entries(bookPlaces)) expect(phrase.split(' ')).toContain(place);
    const said = captionOf(new Set(), '', { where: Object.values(bookPlaces).join(' '), how: bookTimes.join(' ') });
    expect(splitWords(said.caption).filter((word) => !vocabulary.words.has(word))).toEqual([]);
  });

  it('says to the picture book only words that it was taught', () => {
    const { caption } = captionOf(new Set(['what']), unnamed(true));
    expect(splitWords(caption).filter((word) => !vocabulary.words.has(word))).toEqual([]);
  });
});

const subject = (name: string): PinnedEmbedding => ({ kind: 'embedding', id: name, name, vectors: 1 });

describe('the name of a subject', () => {
  it.each([
    ['my-dog 2.JPG', 'dog'],
    ['Car.png', 'car'],
    ['carpet.png', null],
    ['IMG_2044.jpg', null],
  ])('is read from the file %s', (name, noun) => {
    expect(nounOf(subject(name), [], vocabulary)).toBe(noun);
  });

  it('is that of its sample', () => {
    const sample = { file: 'x.png', title: 'Spotted thing', word: 'boat' };
    const picture = { ...subject('x'), kind: 'picture', sample: 'x.png', width: 1, height: 1 } as const;
    expect(nounOf({ ...picture, region: { x: 0, y: 0, size: 1 } }, [sample], null)).toBe('boat');
  });

  it('is offered from what the picture book knows', () => {
    expect(subjectWords(vocabulary)).toContain('balloon');
    expect(subjectWords(null)).toEqual([]);
  });
});

const hub: ModelChoice = {
  ...firstChoice,
  source: { kind: 'hub', repo: 'owner/sd', revision: 'main', endpoint: 'https://huggingface.co' },
};
const none: EngineState['model'] = { kind: 'none' };
const ready = (canPinPictures: boolean, hasLook: boolean): EngineState['model'] => ({
  kind: 'ready',
  summary: { ...summary, canPinPictures, look: hasLook ? { name: 'plus', kind: 'plus', tokens: 16 } : null },
});
const plus: ModelChoice = {
  ...hub,
  ipAdapter: { kind: 'file', file: { id: 'x', name: 'plus.safetensors', size: 1 } },
};
const all = ['what', 'where', 'how'];

describe('the wells that are offered', () => {
  it.each([
    ['by the picture book', firstChoice, ready(true, false), 'both', all],
    ['before the picture book is there', firstChoice, none, 'both', all],
    ['by a projector', hub, ready(true, false), 'both', ['what']],
    ['by a chosen projector', { ...hub, projector: 'x' }, none, 'both', ['what']],
    ['by a look', hub, ready(false, true), 'both', all],
    ['by a chosen look', plus, none, 'both', all],
    ['by a look that is to be silent', hub, ready(true, true), 'word', ['what']],
    ['by a look that is silent, without a projector', hub, ready(false, true), 'word', []],
    ['by the look alone, where there is none', hub, ready(true, false), 'look', ['what']],
    ['by a model that sees no pictures', hub, ready(false, false), 'both', []],
    ['by a model that is not there', hub, none, 'both', []],
  ] as const)('%s', (_, choice, model, voices, expected) => {
    expect(offeredWells({ choice, model }, voices)).toEqual(expected);
  });
});
