/** Which pictures a run consists of, and the line of --jobs that makes each. */
import { join } from 'node:path';

import { splitWords } from '../../workers/api.ts';
import { methods, type Method, type MethodSpec } from './methods.ts';
import { evenly, photosOf, promptsOf, subjectsIn, type Subject } from './subjects.ts';

/** "5x5x1": so many subjects, prompts of each, pictures of each prompt. */
export interface Subset {
  readonly subjects: number;
  readonly prompts: number;
  readonly seeds: number;
}

export interface PlannedPicture {
  readonly subject: Subject;
  readonly method: Method;
  /** With the class word in it. */
  readonly caption: string;
  readonly seed: number;
  readonly file: string;
}

/** @throws Error naming what is expected */
export function parseSubset(text: string): Subset {
  const [subjects = 0, prompts = 0, seeds = 0] = (/^(\d+)x(\d+)x(\d+)$/u.exec(text)?.slice(1) ?? []).map(Number);
  if (subjects < 1 || prompts < 1 || prompts > 25 || seeds < 1)
    throw new Error(`--subset ${text} is not SUBJECTSxPROMPTSxPICTURES, as in 5x5x1, 30x25x1 or 30x25x4.`);
  return { subjects, prompts, seeds };
}

interface PlanSettings {
  /** Of DreamBench. */
  readonly data: string;
  /** Where the pictures go. */
  readonly out: string;
  readonly subset: Subset;
  readonly methods: readonly Method[];
  readonly firstSeed: number;
}

/** Every method gets the same captions and seeds. */
export function planPictures({ data, out, subset, methods: chosen, firstSeed }: PlanSettings): PlannedPicture[] {
  return chosen.flatMap((method) =>
    subjectsIn(data, subset.subjects).flatMap((subject) => {
      const prompts = promptsOf(subject);
      return evenly(prompts, subset.prompts).flatMap((prompt) =>
        Array.from({ length: subset.seeds }, (_, index) => {
          const seed = firstSeed + index;
          const name = `${subject.name}-${String(prompts.indexOf(prompt)).padStart(2, '0')}-${seed}.png`;
          const caption = prompt.replace('{}', subject.classWord);
          return { subject, method, caption, seed, file: join(out, method, name) };
        }),
      );
    }),
  );
}

/** A line of --jobs. Of a class of two words the last is pinned: "stuffed animal". */
export function jobOf(data: string, { subject, method, caption, seed, file }: PlannedPicture): string {
  const { flags, pins, detail }: MethodSpec = methods[method];
  const [photo] = photosOf(data, subject);
  if (photo === undefined) throw new Error(`${join(data, subject.name)} has no photo.`);
  const last = subject.classWord.split(' ').at(-1) ?? '';
  const word = splitWords(caption).indexOf(last);
  const pin = pins ? { pin: `${word}=${photo}` } : {};
  const detailed = detail === true ? { detail: `${word}` } : {};
  return JSON.stringify({ caption, seed, out: file, ...pin, ...detailed, ...flags });
}
