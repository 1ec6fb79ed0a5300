import { beforeEach, describe, expect, it } from 'vitest';
import { readSlice } from '../../../storage/slice.ts';
import { composeStore, pinSubject, setCaption, setDetail } from '../draft/compose-store.ts';
import { detailCost, referencesWith } from './detail-cost.ts';
import { composeSlice, engineDetail, type WordPin } from '../pins/pins.ts';
import { squarePicture } from '../pins/pin-fixture.ts';

const picture = squarePicture('a');
const pins = (): readonly WordPin[] => composeStore.getState().pins;

beforeEach(() => {
  composeStore.setState({ caption: '', pins: [], waiting: [] });
  setCaption('a dog and a cat');
  pinSubject(1, picture);
  pinSubject(4, { ...picture, id: 'b' });
});

describe('the fine detail of a pin', () => {
  it('begins off, keeps its strength while it is off, and stays with its word', () => {
    expect(engineDetail(pins()[0] ?? {})).toEqual({});
    setDetail(1, { on: true });
    expect(engineDetail(pins()[0] ?? {})).toEqual({ detail: { strength: 1 } });
    setDetail(1, { strength: 0.4 });
    setDetail(1, { on: false });
    setCaption('a small dog and a cat');
    expect(pins()[0]).toMatchObject({ word: 2, detail: { on: false, strength: 0.4 } });
    expect(engineDetail(pins()[0] ?? {})).toEqual({});
  });

  it('is kept, and not read where its strength is out of range', () => {
    const kept = (detail: unknown) => ({
      version: 2,
      data: { caption: 'a dog', pins: [{ ...pins()[0], detail }], waiting: [] },
    });
    expect(readSlice(composeSlice, kept({ on: true, strength: 1.5 }))?.pins[0]?.detail?.strength).toBe(1.5);
    expect(readSlice(composeSlice, kept({ on: true, strength: 2 }))).toBeNull();
  });
});

describe('what it costs', () => {
  it('counts the pictures of this pin, and of others that copy theirs', () => {
    expect(referencesWith(1, pins())).toBe(1);
    setDetail(4, { on: true });
    pinSubject(4, { ...picture, id: 'c' }, 'add');
    expect(referencesWith(1, pins())).toBe(3);
    expect(referencesWith(4, pins())).toBe(2);
  });

  it.each([
    [0.5, 7.5, 1, 'Each step takes about 1.4 times as long.'],
    [1, 7.5, 1, 'Each step takes about 1.6 times as long.'],
    [1, 1, 1, 'Each step takes about 2.1 times as long.'],
    [0.5, 7.5, 3, 'Each step takes about 2.3 times as long.'],
  ])('at α = %d and w = %d with %i pictures is a factor of a step', (alpha, guidanceScale, references, sentence) => {
    expect(detailCost({ alpha, guidanceScale }, references, 0)).toBe(sentence);
  });

  it('names what is downloaded once', () => {
    expect(detailCost({ alpha: 0.5, guidanceScale: 7.5 }, 1, 68e6)).toMatch(/, and 68 MB are downloaded once\.$/u);
  });
});
