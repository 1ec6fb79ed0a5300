/** What a picture shows, in the picture book's words: the caption that its encoders find nearest (Radford et al. 2021, 3.1). */
import type { CaptionScoreRequest, EngineApi, ErrorData } from '../../../../workers/api.ts';
import { bookStyles } from '../styles/built-in-styles.ts';

/** How the picture book says its places (training/world/captions.py, SCENE_PHRASES), by the word of its vocabulary. */
export const bookPlaces: Readonly<Record<string, string>> = {
  beach: 'on the beach',
  meadow: 'in the meadow',
  forest: 'in the forest',
  desert: 'in the desert',
  snow: 'in the snow',
  city: 'in the city',
  sea: 'under the sea',
  moon: 'on the moon',
  bedroom: 'in the bedroom',
  castle: 'near a castle',
};

/** How it says its times; by day it says nothing. */
export const bookTimes: readonly string[] = ['', ...bookStyles.styles.map(({ words }) => words)];

/** Place and time together: at night a beach is told from a meadow by what a beach at night looks like. */
const scenes = Object.values(bookPlaces).flatMap((where) => bookTimes.map((how) => ({ where, how })));

export interface SceneWords {
  /** "on the beach" */
  readonly where: string;
  /** "at night"; empty by day. */
  readonly how: string;
}

type Scorer = Pick<EngineApi, 'scoreCaptions'>;
type Picture = CaptionScoreRequest['pictures'][number];
type Found<T> = { readonly ok: true; readonly value: readonly T[] } | { readonly ok: false; readonly error: ErrorData };

/** Place and time of each picture. Every picture is some place: nothing tells that it is none of them. */
export function sceneWords(engine: Scorer, pictures: readonly Picture[]): Promise<Found<SceneWords>> {
  const captions = scenes.map(({ where, how }) => `a picture ${where} ${how}`.trim());
  return nearest(engine, pictures, captions, scenes);
}

/** What the subject of each picture is called. @param nouns that the picture book knows */
export function subjectNouns(
  engine: Scorer,
  pictures: readonly Picture[],
  nouns: readonly string[],
): Promise<Found<string>> {
  const captions = nouns.map((noun) => `there is ${/^[aeiou]/u.test(noun) ? 'an' : 'a'} ${noun}`);
  return nearest(engine, pictures, captions, nouns);
}

async function nearest<T>(
  engine: Scorer,
  pictures: readonly Picture[],
  captions: readonly string[],
  meanings: readonly T[],
): Promise<Found<T>> {
  const scored = await engine.scoreCaptions({ pictures, captions, textProjection: null });
  if (!scored.ok) return scored;
  return { ok: true, value: scored.value.flatMap((row) => meanings[row.indexOf(Math.max(...row))] ?? []) };
}
