import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { EngineApi, Judge, PictureScores, ScoreRequest } from '../../../../workers/api.ts';
import { keepSubject } from '../../compose/pins/subject-library.ts';
import type { WordPin } from '../../compose/pins/pins.ts';
import { galleryStore } from '../../gallery/gallery-store.ts';
import type { PictureRecord } from '../../gallery/picture-record.ts';
import { engineStore } from '../../models/loading/engine-store.ts';
import { defaultSettings } from '../../settings/settings.ts';
import { runStore } from '../run/controller.ts';
import { summary } from '../../models/loading/load-fixture.ts';
import { queueStore } from '../queue/queue-store.ts';
import { freshPage, settle } from '../run/run-fixture.ts';
import { startRun } from '../run/run-state.ts';
import {
  answerProjection,
  asksForProjection,
  followScores,
  scoresText,
  scoreStore,
  setScoring,
  unscored,
} from './scores.ts';
import { squarePicture } from '../../compose/pins/pin-fixture.ts';

const atHand: Judge = { id: 'clip', textProjection: 'at-hand' };
const viTL14: Judge = { id: 'clip', textProjection: 'clip-vit-large-patch14' };
const dog: WordPin = {
  word: 1,
  anchor: 'dog',
  hue: 0,
  subjects: [squarePicture('rex')],
};

function picture(index: number, scores?: PictureRecord['scores']): PictureRecord {
  return {
    id: `picture ${index}`,
    createdAt: index,
    png: new Blob([String(index)]),
    width: 8,
    height: 8,
    flagged: null,
    isStarred: false,
    comparison: {
      id: 'one',
      axis: 'Method',
      label: String(index),
      index,
      count: 2,
      row: null,
      of: { caption: 'a dog', pins: [dog] },
    },
    ...(scores === undefined ? {} : { scores }),
    recipe: {
      compose: { caption: 'a detailed dog', pins: [] },
      embeddings: [],
      settings: defaultSettings,
      guidanceMoved: false,
      model: { id: 'm', name: 'M' },
    },
  };
}

const kept = (subject: number | null, caption: number | null, by = 'clip') => ({ subject, caption, by });
const scoresOf = () => galleryStore.getState().pictures.map(({ scores }) => scores);

/** Answers with what the test says. */
class Scorer {
  readonly requests: ScoreRequest[] = [];
  answer: Awaited<ReturnType<EngineApi['scorePictures']>> | null = null;
  readonly scorePictures: EngineApi['scorePictures'] = (request, onScores) => {
    this.requests.push(request);
    const scores = request.pictures.map(({ id }): PictureScores => ({ subject: id.length / 100, caption: 0.25 }));
    if (scores[0] !== undefined) onScores(0, scores[0]);
    return Promise.resolve(this.answer ?? { ok: true, value: scores });
  };
}

function ready(judge: Judge | null): void {
  engineStore.setState({ model: { kind: 'ready', summary: { ...summary, judge } } });
}

const scorer = { now: new Scorer() };
const follower: Pick<EngineApi, 'scorePictures'> = {
  scorePictures: (...asked) => scorer.now.scorePictures(...asked),
};

describe('scores', () => {
  freshPage();
  beforeEach(async () => {
    scorer.now = new Scorer();
    vi.stubGlobal('document', { baseURI: 'https://example.org/' });
    queueStore.setState({ jobs: [], running: null, isPaused: false });
    scoreStore.setState(scoreStore.getInitialState());
    galleryStore.setState({ pictures: [picture(0), picture(1)], selected: 'picture 0' });
    await keepSubject(new Blob(['rex']), 'rex');
  });
  followScores(follower);

  it('are made of the comparison on the stage once they are asked for, by what all of it is to show, and kept', async () => {
    ready(atHand);
    await settle();
    expect(scorer.now.requests).toEqual([]);
    setScoring(true);
    await settle();
    const [request] = scorer.now.requests;
    expect(scorer.now.requests).toHaveLength(1);
    expect(request).toMatchObject({ caption: 'a dog', textProjection: null, subjects: [[{ hash: 'rex' }]] });
    expect(request?.pictures.map(({ id }) => id)).toEqual(['picture 0', 'picture 1']);
    expect(scoresOf()).toEqual([kept(0.09, 0.25), kept(0.09, 0.25)]);
    expect(scoreStore.getState()).toMatchObject({ progress: null, problem: null });
  });

  it('wait for a picture that forms, and for those that wait their turn', async () => {
    ready(atHand);
    runStore.setState({ run: startRun({ count: 1, steps: 1 }, { hadToLoad: false }) });
    setScoring(true);
    await settle();
    expect(scorer.now.requests).toEqual([]);
    runStore.setState({ run: { kind: 'idle' } });
    await settle();
    expect(scorer.now.requests).toHaveLength(1);
  });

  it('are tried again after they made way, and keep what was known by then', async () => {
    ready(atHand);
    scorer.now.answer = { ok: false, error: { code: 'cancelled', message: 'Cancelled.' } };
    setScoring(true);
    await settle();
    expect(scoresOf()).toEqual([kept(0.09, 0.25), undefined]);
    scorer.now.answer = null;
    await vi.advanceTimersByTimeAsync(10_000);
    expect(scorer.now.requests[1]?.pictures.map(({ id }) => id)).toEqual(['picture 1']);
    expect(scoresOf()).toEqual([kept(0.09, 0.25), kept(0.09, 0.25)]);
  });

  it('say why they failed, and are not tried again by themselves', async () => {
    ready(atHand);
    scorer.now.answer = { ok: false, error: { code: 'out-of-memory', message: 'There was not enough memory.' } };
    setScoring(true);
    await settle();
    galleryStore.setState({ selected: 'picture 1' });
    await settle();
    expect(scorer.now.requests).toHaveLength(1);
    expect(scoreStore.getState().problem).toBe('There was not enough memory.');
  });

  it('are of the caption alone where the pinned picture is gone, and say so', async () => {
    ready(atHand);
    const gone = { ...dog, subjects: dog.subjects.map((subject) => ({ ...subject, id: 'gone' })) };
    const first = picture(0);
    if (first.comparison === null) throw new RangeError('It is of a comparison.');
    const of = { caption: 'a dog', pins: [gone] };
    galleryStore.setState({ pictures: [{ ...first, comparison: { ...first.comparison, of } }] });
    setScoring(true);
    await settle();
    expect(scorer.now.requests[0]?.subjects).toEqual([]);
    expect(scoreStore.getState().problem).toMatch(/no longer in this browser/u);
  });

  it('of captions ask before they fetch; a no leaves the subject', async () => {
    ready(viTL14);
    setScoring(true);
    await settle();
    expect(scorer.now.requests).toEqual([]);
    expect(asksForProjection(scoreStore.getState(), viTL14)).toBe(true);
    const fetchFile = vi.fn<EngineApi['fetchFile']>();
    await answerProjection({ fetchFile }, false);
    await settle();
    expect(fetchFile).not.toHaveBeenCalled();
    expect(scorer.now.requests[0]).toMatchObject({ caption: '', textProjection: null });
  });

  it('of captions fetch one tensor after a yes; where that fails it is said, and asked again', async () => {
    ready(viTL14);
    setScoring(true);
    const broken = { ok: false, error: { code: 'network', message: 'The network is gone.' } } as const;
    const fetchFile = vi.fn<EngineApi['fetchFile']>().mockResolvedValueOnce(broken);
    await answerProjection({ fetchFile }, true);
    await settle();
    expect([scoreStore.getState().problem, scorer.now.requests.length]).toEqual(['The network is gone.', 0]);
    fetchFile.mockResolvedValueOnce({ ok: true, value: new Blob(['tensor']) });
    await answerProjection({ fetchFile }, true);
    await settle();
    expect(fetchFile.mock.lastCall?.[0]).toMatchObject({
      repo: 'openai/clip-vit-large-patch14',
      tensor: 'text_projection.weight',
    });
    expect(await scorer.now.requests[0]?.textProjection?.text()).toBe('tensor');
  });
});

describe('pictures without scores', () => {
  it('are those that have none, or too little', () => {
    const pictures = [picture(0, kept(0.5, 0.2)), picture(1), picture(2, kept(0.5, null))];
    expect(unscored(pictures, atHand, true).map(({ id }) => id)).toEqual(['picture 1', 'picture 2']);
    expect(unscored(pictures, atHand, false).map(({ id }) => id)).toEqual(['picture 1']);
  });

  it('are all of them where encoders are mixed; those of one other judge stay as they are', () => {
    const other = [picture(0, kept(0.5, 0.2, 'other')), picture(1, kept(0.5, 0.2, 'other'))];
    expect(unscored(other, atHand, true)).toEqual([]);
    expect(unscored([...other, picture(2)], atHand, true)).toHaveLength(3);
  });
});

it('figures are plain and short', () => {
  expect(scoresText(picture(0, kept(0.834, 0.266)))).toBe('subject .83 · caption .27');
  expect(scoresText(picture(0, kept(-0.021, 1)))).toBe('subject −.02 · caption 1.00');
  expect(scoresText(picture(0, kept(null, 0.3)))).toBe('caption .30');
  expect(scoresText(picture(0))).toBe('');
});
