/**
 * Scores of compared pictures: how near to the pinned subject and to the caption. Once they are asked for, they are made
 * whenever nothing else runs, of the comparison on the stage, and kept with its pictures.
 */
import * as z from 'zod';
import { createStore } from 'zustand/vanilla';
import type { EngineApi, Judge, PictureScores, ScoreRequest, Subject } from '../../../../workers/api.ts';
import type { Slice } from '../../../storage/slice.ts';
import { engineSubjects } from '../../compose/pins/engine-subjects.ts';
import type { ComposeData } from '../../compose/pins/pins.ts';
import { galleryStore, keepScores } from '../../gallery/gallery-store.ts';
import type { PictureRecord } from '../../gallery/picture-record.ts';
import { engineStore } from '../../models/loading/engine-store.ts';
import { fileOf, keepFile, keptFileSchema } from '../../models/choice/file-shelf.ts';
import { knownTextProjection } from '../../models/known/known-text-projection.ts';
import { comparisonGrid } from './compare.ts';
import { runStore } from '../run/controller.ts';
import { isMakeable } from '../queue/queue.ts';
import { queueStore } from '../queue/queue-store.ts';
import { isActive } from '../run/run-state.ts';

const keptSchema = z.object({
  /** Whether scores are made and shown. */
  isOn: z.boolean(),
  /** The text projection that was fetched. */
  projection: keptFileSchema.nullable(),
  /** The person said that captions need not be scored. */
  areCaptionsLeftOut: z.boolean(),
});
type Kept = z.infer<typeof keptSchema>;

export const scoresSlice: Slice<Kept> = { key: 'scores', version: 1, schema: keptSchema, migrations: {} };

interface ScoreState extends Kept {
  readonly isFetching: boolean;
  /** Pictures that are scored by now, of those that are scored together; null while none are. */
  readonly progress: { readonly done: number; readonly count: number } | null;
  /** Why the last attempt failed, or what it did without. */
  readonly problem: string | null;
}

export const scoreStore = createStore<ScoreState>(() => ({
  isOn: false,
  projection: null,
  areCaptionsLeftOut: false,
  isFetching: false,
  progress: null,
  problem: null,
}));

const { getState, setState } = scoreStore;

/** Attempts of this visit, by picture and judge: what failed is not tried again by itself. */
let attempted = new Set<string>();

export function setScoring(isOn: boolean): void {
  attempted = new Set();
  setState({ isOn, problem: null });
}

/** Whether a download must be agreed to before captions can be scored. */
export function asksForProjection({ projection, areCaptionsLeftOut }: Kept, judge: Judge | null): boolean {
  return judge?.textProjection === 'clip-vit-large-patch14' && projection === null && !areCaptionsLeftOut;
}

/** Whether captions are scored: the matrix for that is at hand. */
export function scoresCaptions({ projection }: Pick<Kept, 'projection'>, judge: Judge): boolean {
  return judge.textProjection === 'at-hand' || (judge.textProjection !== null && projection !== null);
}

type Fetcher = Pick<EngineApi, 'fetchFile'>;

/** The person's answer to that question. */
export async function answerProjection(engine: Fetcher, agreed: boolean): Promise<void> {
  attempted = new Set();
  if (!agreed) {
    setState({ areCaptionsLeftOut: true, problem: null });
    return;
  }
  setState({ isFetching: true, problem: null });
  const fetched = await engine.fetchFile(knownTextProjection.file, () => undefined);
  const { tensor } = knownTextProjection.file;
  const projection = fetched.ok ? await keepFile(fetched.value, `${tensor}.safetensors`) : null;
  setState({ isFetching: false, projection, problem: fetched.ok ? null : fetched.error.message });
}

/** Asks once more for what was declined. */
export function askAgain(): void {
  setState({ areCaptionsLeftOut: false });
}

/**
 * Pictures whose scores are missing. Those of other encoders stay as long as they all are of the same, and say as much as
 * this model could.
 */
export function unscored(
  pictures: readonly PictureRecord[],
  judge: Judge,
  hasCaptions: boolean,
): readonly PictureRecord[] {
  const isComplete = pictures.every(
    ({ scores }) =>
      scores !== undefined && scores.by === pictures[0]?.scores?.by && (scores.caption !== null || !hasCaptions),
  );
  if (isComplete) return [];
  return pictures.filter(({ scores }) => scores?.by !== judge.id || (hasCaptions && scores.caption === null));
}

/** What pictures of a comparison are scored by. */
const standard = ({ comparison, recipe }: PictureRecord): ComposeData => comparison?.of ?? recipe.compose;

interface Task {
  readonly pictures: readonly PictureRecord[];
  readonly judge: Judge;
  readonly hasCaptions: boolean;
}

const attempt = ({ id }: PictureRecord, { judge, hasCaptions }: Omit<Task, 'pictures'>): string =>
  JSON.stringify([id, judge.id, hasCaptions]);

/** What is to be scored now; null where nothing is, or something else runs. */
function nextTask(): Task | null {
  const { isOn } = getState();
  const { model } = engineStore.getState();
  if (!isOn || model.kind !== 'ready' || isActive(runStore.getState().run)) return null;
  const { jobs, isPaused } = queueStore.getState();
  if (!isPaused && jobs.some((job) => isMakeable(job, model.summary.id))) return null;
  const { judge } = model.summary;
  const { pictures, selected } = galleryStore.getState();
  const record = pictures.find(({ id }) => id === selected);
  if (judge === null || record === undefined || asksForProjection(getState(), judge)) return null;
  const hasCaptions = scoresCaptions(getState(), judge);
  const cells = comparisonGrid(pictures, record)
    .flat()
    .filter((cell) => cell !== null);
  const task = { judge, hasCaptions };
  const missing = unscored(cells, judge, hasCaptions).filter((cell) => !attempted.has(attempt(cell, task)));
  return missing.length === 0 ? null : { ...task, pictures: missing };
}

type Scorer = Pick<EngineApi, 'scorePictures'>;

let isScoring = false;

/** Scores whenever there is something to score and nothing else runs. */
export function followScores(engine: Scorer): void {
  const look = (): void => void work(engine);
  for (const store of [scoreStore, galleryStore, runStore, queueStore, engineStore]) store.subscribe(look);
  look();
}

async function work(engine: Scorer): Promise<void> {
  if (isScoring) return;
  const task = nextTask();
  if (task === null) return;
  isScoring = true;
  let isStopped = false;
  try {
    isStopped = await score(engine, task);
  } finally {
    isScoring = false;
  }
  // What took precedence need not be told of: it is looked for again after a while.
  if (isStopped) setTimeout(() => void work(engine), pause);
  else void work(engine);
}

/** Milliseconds after which scores that made way are tried again. */
const pause = 2000;

/** @returns whether something else took precedence */
async function score(engine: Scorer, task: Task): Promise<boolean> {
  const { pictures, judge } = task;
  const [first] = pictures;
  if (first === undefined) return false;
  setState({ progress: { done: 0, count: pictures.length }, problem: null });
  const { request, problem } = await requestFor(task, standard(first));
  const saving: Promise<unknown>[] = [];
  const scored = new Set<number>();
  const save = (index: number, scores: PictureScores): void => {
    const picture = pictures[index];
    if (picture === undefined || scored.has(index)) return;
    scored.add(index);
    attempted.add(attempt(picture, task));
    saving.push(keepScores(picture.id, { ...scores, by: judge.id }));
    setState({ progress: { done: scored.size, count: pictures.length } });
  };
  const result = await engine.scorePictures(request, save);
  // The last of them may come after the result, by another port.
  if (result.ok) for (const [index, scores] of result.value.entries()) save(index, scores);
  await Promise.all(saving);
  const isStopped = !result.ok && (result.error.code === 'cancelled' || result.error.code === 'busy');
  if (!isStopped) for (const picture of pictures) attempted.add(attempt(picture, task));
  setState({ progress: null, problem: result.ok ? problem : isStopped ? null : result.error.message });
  return isStopped;
}

async function requestFor(
  { pictures, hasCaptions, judge }: Task,
  { caption, pins }: ComposeData,
): Promise<{ readonly request: ScoreRequest; readonly problem: string | null }> {
  const { projection } = getState();
  const needsFile = hasCaptions && judge.textProjection !== 'at-hand' && projection !== null;
  const textProjection = needsFile ? await fileOf(projection) : null;
  // The browser has dropped it: it is asked about again.
  if (needsFile && textProjection === null) setState({ projection: null });
  const found = await Promise.all(pins.map(({ subjects }) => engineSubjects(subjects)));
  const subjects = found.filter((pin): pin is readonly Subject[] => pin !== null);
  const isWhole = subjects.length === pins.length;
  return {
    request: {
      pictures: pictures.map(({ id, png }) => ({ id, image: png })),
      subjects: isWhole ? subjects : [],
      caption: hasCaptions ? caption : '',
      textProjection,
    },
    problem: isWhole
      ? null
      : 'What was pinned is no longer in this browser’s storage, so the subject could not be compared.',
  };
}

/** ".83", as little as fits under a picture. */
export function scoreText(cosine: number): string {
  return cosine
    .toFixed(2)
    .replace(/^(-?)0\./u, '$1.')
    .replace('-', '−');
}

/** "subject .83 · caption .27"; empty where there is nothing. */
export function scoresText({ scores }: Pick<PictureRecord, 'scores'>): string {
  return scoreParts(scores)
    .map(({ what, value }) => `${what} ${scoreText(value)}`)
    .join(' · ');
}

export function scoreParts(
  scores: PictureRecord['scores'],
): readonly { readonly what: 'subject' | 'caption'; readonly value: number }[] {
  return (['subject', 'caption'] as const).flatMap((what) => {
    const value = scores?.[what] ?? null;
    return value === null ? [] : [{ what, value }];
  });
}
