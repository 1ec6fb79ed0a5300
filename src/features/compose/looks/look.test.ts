import { beforeEach, describe, expect, it } from 'vitest';
import { defaultLook } from '../../../../workers/api.ts';
import { readSlice } from '../../../storage/slice.ts';
import { toastStore } from '../../../ui/toast.ts';
import { removeArea } from './areas.ts';
import { composeStore, pinSubject, setArea, setCaption, setLook, unpinWord } from '../draft/compose-store.ts';
import { composeSlice, lookOf, type WordPin } from '../pins/pins.ts';
import { squarePicture } from '../pins/pin-fixture.ts';

const picture = squarePicture('a');
const area = { x: 0.1, y: 0.2, width: 0.3, height: 0.4 };
const pin = (): WordPin | undefined => composeStore.getState().pins[0];

beforeEach(() => {
  composeStore.setState({ caption: '', pins: [], waiting: [] });
  toastStore.setState({ toasts: [] });
  setCaption('a dog on the beach');
  pinSubject(1, picture);
});

describe('the look of a pin', () => {
  it('begins as every look does, and each of its values is set by itself', () => {
    expect(lookOf(pin() ?? {})).toEqual(defaultLook);
    setLook(1, { strength: 0.4 });
    setLook(1, { on: false, role: 'style' });
    expect(pin()?.look).toEqual({ on: false, strength: 0.4, role: 'style' });
    setLook(4, { strength: 1 });
    expect(composeStore.getState().pins).toHaveLength(1);
  });

  it('and its place stay where another picture takes the place of the first, and go with the word', () => {
    setLook(1, { strength: 0.4 });
    setArea(1, area);
    pinSubject(1, { ...picture, id: 'b' });
    setCaption('a small dog on the beach');
    expect(pin()).toMatchObject({ word: 2, look: { strength: 0.4 }, area, subjects: [{ id: 'b' }] });
  });
});

describe('the place of a pin', () => {
  it('is removed, and had back, wherever its word stands by then', () => {
    setArea(1, area);
    const placed = pin();
    removeArea({ ...placed, word: 1, hue: placed?.hue ?? 0 }, 'dog');
    expect(pin()).not.toHaveProperty('area');
    setCaption('my old dog on the beach');
    toastStore.getState().toasts[0]?.action?.onClick();
    expect(pin()).toMatchObject({ word: 2, area });
    unpinWord(2);
    setArea(2, area);
    expect(composeStore.getState().pins).toEqual([]);
  });
});

describe('what is kept of pins', () => {
  const kept = (change: object) =>
    readSlice(
      composeSlice,
      structuredClone({
        version: composeSlice.version,
        data: { caption: 'a dog', waiting: [], pins: [{ ...pin(), ...change }] },
      }),
    )?.pins[0];

  it('from before there were looks is read as it was', () => {
    expect(kept({})).toEqual(pin());
  });

  it('has look and place', () => {
    const look = { on: true, strength: 1.2, role: 'composition' };
    expect(kept({ look, area })).toMatchObject({ look, area });
  });

  it.each([
    ['a strength out of range', { look: { on: true, strength: 2, role: 'style' } }],
    ['a role that is none', { look: { on: true, strength: 1, role: 'sound' } }],
    ['a place over the edge', { area: { ...area, x: 0.9 } }],
    ['a place without width', { area: { ...area, width: 0 } }],
  ])('is not read with %s', (_, change) => {
    expect(kept(change)).toBeUndefined();
  });
});
