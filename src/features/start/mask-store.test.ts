import { beforeEach, describe, expect, it } from 'vitest';

import type { EngineApi } from '../../../workers/api.ts';
import { subjectBlob } from '../compose/subject-library.ts';
import { emptyGrid, withRectangle } from './mask-grid.ts';
import { changeMask, maskStore, openMask, undoMask } from './mask-store.ts';
import { setStart, startStore } from './start-store.ts';

const start = { picture: { id: 'photo', name: 'rex.png', width: 20, height: 10 }, mask: null };
const engine: Pick<EngineApi, 'encodePng'> = {
  encodePng: ({ data }) => Promise.resolve({ ok: true, value: new Blob([data]) }),
};
const half = withRectangle(emptyGrid(start.picture), { x: 0, y: 0, width: 10, height: 10 }, true);

beforeEach(async () => {
  maskStore.setState({ picture: null, grid: null, past: [] });
  setStart(start);
  await openMask(start);
});

describe('a mask that is painted', () => {
  it('is kept with the start, as a picture', async () => {
    await changeMask(engine, half);
    const id = startStore.getState().start?.mask?.id ?? '';
    expect((await subjectBlob(id))?.size).toBe(4 * half.data.length);
  });

  it('stands again after undo, and nothing marked is no mask', async () => {
    await changeMask(engine, half);
    await undoMask(engine);
    expect(startStore.getState().start?.mask).toBeNull();
    expect(maskStore.getState()).toMatchObject({ grid: emptyGrid(start.picture), past: [] });
  });

  it('is the last one where strokes come faster than they are kept', async () => {
    const all = withRectangle(half, { x: 0, y: 0, width: 20, height: 9 }, true);
    await Promise.all([changeMask(engine, half), changeMask(engine, all)]);
    const id = startStore.getState().start?.mask?.id ?? '';
    expect(new Uint8Array((await (await subjectBlob(id))?.arrayBuffer()) ?? new ArrayBuffer(0)).at(15 * 4)).toBe(255);
  });

  it('is left alone where runs start from another picture by now', async () => {
    const other = { ...start, picture: { ...start.picture, id: 'other' } };
    setStart(other);
    await changeMask(engine, half);
    expect(startStore.getState().start).toEqual(other);
  });
});
