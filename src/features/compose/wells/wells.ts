/** What · where · how: a caption that is written from pictures, each pinned on a word of its own. */
import { literalText, splitWords, type LookRole, type Settings } from '../../../../workers/api.ts';
import type { EngineState } from '../../models/loading/engine-store.ts';
import type { PinnedSubject } from '../pins/pins.ts';
import type { Sample } from '../pins/samples.ts';
import type { Vocabulary } from '../caption/vocabulary.ts';

export const wells = {
  what: { title: 'What', hint: 'your subject', role: 'subject' },
  where: { title: 'Where', hint: 'the scene', role: 'composition' },
  how: { title: 'How', hint: 'the style', role: 'style' },
} as const satisfies Readonly<Record<string, { title: string; hint: string; role: LookRole }>>;

export type WellName = keyof typeof wells;

/** What the picture book's wells take otherwise: it says places and times of day in words. */
export const bookHints: Partial<Readonly<Record<WellName, string>>> = { how: 'the time of day' };

/**
 * The wells that do something with the chosen model. A look takes subject, scene or style over from a picture. A pseudo-word
 * stands for a subject and for nothing else: on the word "style" it brings the picture's subject along. The picture book
 * has few places and times, which its encoders name.
 */
export function offeredWells(
  { model, choice }: Pick<EngineState, 'model' | 'choice'>,
  voices: Settings['pinVoices'],
): readonly WellName[] {
  const isBook = choice.source.kind === 'embedded';
  // Until a model is there, what was chosen with it tells.
  const summary = model.kind === 'ready' ? model.summary : null;
  const hasLook = summary === null ? !isBook && choice.ipAdapter !== null : summary.look !== null;
  const hasWord = summary === null ? isBook || choice.projector !== null : summary.canPinPictures;
  if (hasLook && voices !== 'word') return ['what', 'where', 'how'];
  if (isBook) return ['what', 'where', 'how'];
  return hasWord ? ['what'] : [];
}

/** What a subject is called while nobody has said what it is. */
export function unnamed(isBook: boolean): string {
  return isBook ? 'drawing' : 'subject';
}

/** A caption, and the index of the word that each well pins. */
export interface WellCaption {
  readonly caption: string;
  readonly words: Partial<Readonly<Record<WellName, number>>>;
}

/** What pictures are said by in place of a pin, by their well: "on the beach"; empty where nothing needs to be said. */
export type SaidWords = Partial<Readonly<Record<WellName, string>>>;

/**
 * @param filled the wells whose pictures are pinned
 * @param noun what the subject is: a word or several, the last of which is pinned
 */
export function captionOf(filled: ReadonlySet<WellName>, noun: string, said: SaidWords = {}): WellCaption {
  const words: Partial<Record<WellName, number>> = {};
  let caption = '';
  const say = (well: WellName, phrase: string): void => {
    const own = said[well];
    const added = own === undefined || own === '' || caption !== '' ? (own ?? phrase) : `a picture ${own}`;
    if (added === '' || (own === undefined && !filled.has(well))) return;
    caption = caption === '' ? added : `${caption} ${added}`;
    if (own === undefined) words[well] = splitWords(caption).length - 1;
  };
  say('what', withArticle(noun));
  say('where', filled.has('what') ? 'in this place' : 'this place');
  say('how', caption === '' ? 'a picture in this style' : 'in this style');
  return { caption, words };
}

const determined = /^(?:an?|the|my|this|that|our|two|three|some)\s/iu;
const latin = /^\p{Script=Latin}/u;

function withArticle(noun: string): string {
  const written = literalText(noun);
  if (determined.test(noun) || !latin.test(noun)) return written;
  return `${/^[aeiou]/iu.test(noun) ? 'an' : 'a'} ${written}`;
}

/** The subject's name where its sample or its file tells it; null where they do not. */
export function nounOf(
  subject: PinnedSubject,
  samples: readonly Sample[],
  vocabulary: Vocabulary | null,
): string | null {
  const sample = subject.kind === 'picture' ? samples.find(({ file }) => file === subject.sample) : undefined;
  if (sample !== undefined) return sample.word;
  const subjects = subjectWords(vocabulary);
  const named = subject.name.toLowerCase().split(/[^\p{L}]+/u);
  return subjects.find((word) => named.includes(word)) ?? null;
}

/** Subjects that the picture book knows. */
export function subjectWords(vocabulary: Vocabulary | null): readonly string[] {
  return vocabulary?.offers.find(({ kind }) => kind === 'Subjects')?.words ?? [];
}
