import { beforeEach, describe, expect, it } from 'vitest';
import type { EngineApi, MapApi, MapPoint } from '../../../../workers/api.ts';
import { MemoryStore } from '../../../storage/keyed-store.ts';
import { squarePicture } from '../pins/pin-fixture.ts';
import { keepSubject, openSubjects } from '../pins/subject-library.ts';
import type { LibraryEntry } from './library-record.ts';
import {
  movedBy,
  nearestTo,
  nextInDirection,
  onScreen,
  showing,
  subjectAt,
  wholeMap,
  zoomedAt,
} from './map-geometry.ts';
import { readMap, type MapState } from './read-map.ts';

async function entries(count: number): Promise<readonly LibraryEntry[]> {
  return Promise.all(
    Array.from({ length: count }, async (_, index): Promise<LibraryEntry> => {
      const id = await keepSubject(new Blob([`picture ${index}`]));
      const subject = squarePicture(id, { name: `${index}.png` });
      return { id, name: `subject ${index}`, createdAt: index, usedAt: index, subject };
    }),
  );
}

const word = (): Float32Array => new Float32Array(2);
const reads: EngineApi['pseudoWords'] = (subjects) => Promise.resolve({ ok: true, value: subjects.map(() => word()) });
const layout: MapApi['layout'] = (vectors) =>
  Promise.resolve({ ok: true, value: vectors.map((_, index) => ({ x: index, y: 0 })) });

/** All that is told of a map. */
async function map(
  given: readonly LibraryEntry[],
  pseudoWords: EngineApi['pseudoWords'] = reads,
  reading = new AbortController(),
): Promise<readonly MapState[]> {
  const told: MapState[] = [];
  await readMap(given, {
    engine: { pseudoWords },
    worker: { layout },
    signal: reading.signal,
    tell: (state) => told.push(state),
    pause: () => Promise.resolve(),
  });
  return told;
}

beforeEach(() => {
  openSubjects(new MemoryStore());
});

describe('the map of subjects', () => {
  it('has each subject in the order of its hash, whatever was used last', async () => {
    const given = await entries(6);
    const last = (await map(given)).at(-1);
    const ids = last?.kind === 'ready' ? [...last.places.keys()] : [];
    expect(ids).toEqual(given.map(({ id }) => id).toSorted());
    expect((await map(given.toReversed())).at(-1)).toEqual(last);
  });

  it('asks for a few at a time and says how far it is', async () => {
    const sizes: number[] = [];
    const told = await map(await entries(6), (subjects) => {
      sizes.push(subjects.length);
      return reads(subjects);
    });
    expect(sizes).toEqual([4, 2]);
    expect(told.map(({ kind }) => kind)).toEqual(['reading', 'reading', 'laying', 'ready']);
  });

  it('waits for a busy engine, and goes on', async () => {
    let asked = 0;
    const told = await map(await entries(5), (subjects) => {
      asked += 1;
      return asked === 1 ? Promise.resolve({ ok: false, error: { code: 'busy', message: 'Busy.' } }) : reads(subjects);
    });
    expect(told.slice(0, 2)).toMatchObject([{ isWaiting: false }, { isWaiting: true }]);
    expect(told.at(-1)?.kind).toBe('ready');
  });

  it('says what went wrong, and nothing once nobody wants it', async () => {
    const refused: EngineApi['pseudoWords'] = () =>
      Promise.resolve({ ok: false, error: { code: 'no-image-encoder', message: 'No encoder.' } });
    expect((await map(await entries(5), refused)).at(-1)).toEqual({ kind: 'failed', problem: 'No encoder.' });
    const reading = new AbortController();
    const told = await map(
      await entries(5),
      (subjects) => {
        reading.abort();
        return reads(subjects);
      },
      reading,
    );
    expect(told.map(({ kind }) => kind)).toEqual(['reading']);
  });

  it('leaves out what cannot be read, by name, and asks for five', async () => {
    const given = await entries(6);
    const last = (
      await map(given, (subjects) =>
        Promise.resolve({
          ok: true,
          value: subjects.map((_, index) => (index === 0 && subjects.length === 2 ? null : word())),
        }),
      )
    ).at(-1);
    expect(last).toMatchObject({ kind: 'ready', left: [expect.stringMatching(/^subject \d$/u)] });
    openSubjects(new MemoryStore());
    expect((await map(given)).at(-1)).toEqual({ kind: 'few', count: 0 });
    expect(await map(given.slice(2))).toEqual([{ kind: 'few', count: 4 }]);
  });
});

describe('what is seen of the map', () => {
  const size = { width: 488, height: 288 };
  const middle: MapPoint = { x: 0.5, y: 0.5 };

  it('is all of it in the middle of the view', () => {
    expect(onScreen(middle, wholeMap, size)).toEqual({ x: 244, y: 144 });
    expect(onScreen({ x: 0, y: 1 }, wholeMap, size)).toEqual({ x: 144, y: 244 });
  });

  it('zooms about the pointer, no further out than all of it', () => {
    const at = onScreen({ x: 0.25, y: 0.75 }, wholeMap, size);
    const near = zoomedAt(wholeMap, 3, at, size);
    expect(onScreen({ x: 0.25, y: 0.75 }, near, size)).toEqual(at);
    expect(zoomedAt(near, 0.001, at, size).zoom).toBe(1);
    expect(zoomedAt(near, 1e9, at, size).zoom).toBeLessThan(100);
  });

  it('never leaves the view, and is moved where something is to be shown', () => {
    const far = movedBy(wholeMap, { x: 1e6, y: 0 }, size);
    expect(onScreen({ x: 0, y: 0.5 }, far, size).x).toBe(244);
    const near = zoomedAt(wholeMap, 4, { x: 244, y: 144 }, size);
    const shown = onScreen({ x: 1, y: 1 }, showing(near, { x: 1, y: 1 }, size), size);
    expect(shown.x).toBeLessThanOrEqual(488);
    expect(shown.y).toBeLessThanOrEqual(288);
    expect(showing(wholeMap, middle, size)).toEqual(wholeMap);
  });

  const places = new Map([
    ['left', { x: 0, y: 0.5 }],
    ['right', { x: 1, y: 0.5 }],
    ['top', { x: 0.5, y: 0 }],
    ['over top', { x: 0.5, y: 0 }],
  ]);

  it('is hit where a thumbnail lies, the upper one where two do', () => {
    expect(subjectAt(places, { x: 150, y: 150 }, wholeMap, size)).toBe('left');
    expect(subjectAt(places, { x: 244, y: 44 }, wholeMap, size)).toBe('over top');
    expect(subjectAt(places, { x: 244, y: 144 }, wholeMap, size)).toBeNull();
  });

  it('has neighbours, by distance and by direction', () => {
    expect(nearestTo(places, 'left')).toEqual(['top', 'over top', 'right']);
    expect(nextInDirection(places, 'left', { x: 1, y: 0 })).toBe('right');
    expect(nextInDirection(places, 'left', { x: 0, y: -1 })).toBe('top');
    expect(nextInDirection(places, 'left', { x: -1, y: 0 })).toBeNull();
    expect(nearestTo(places, 'nobody')).toEqual([]);
  });
});
