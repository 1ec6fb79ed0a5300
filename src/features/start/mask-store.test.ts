import { beforeEach, describe, expect, it } from 'vitest';

import type { EngineApi } from '../../../workers/api.ts';
import { toastStore } from '../../ui/toast.ts';
import { subjectBlob } from '../compose/pins/subject-library.ts';
import { emptyGrid, withRectangle } from './mask-grid.ts';
import { changeMask, maskStore, openMask, startAsShown, takeMask, undoMask } from './mask-store.ts';
import { setStart, startStore } from './start-store.ts';

const start = { picture: { id: 'photo', name: 'rex.png', width: 20, height: 10 }, mask: null };
const engine: Pick<EngineApi, 'encodePng'> = {
  encodePng: ({ data }) => Promise.resolve({ ok: true, value: new Blob([data]) }),
};
/** Another one for each test: what a grid was kept as is remembered with it. */
const leftHalf = () => withRectangle(emptyGrid(start.picture), { x: 0, y: 0, width: 10, height: 10 }, true);
let half = leftHalf();

beforeEach(async () => {
  half = leftHalf();
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

  it('is in the start that a run takes, though its file is still being written', async () => {
    let write: (png: Blob) => void = () => undefined;
    const written = new Promise<Blob>((resolve) => (write = resolve));
    const slow: typeof engine = { encodePng: async () => ({ ok: true, value: await written }) };
    const changing = changeMask(slow, half);
    const taken = startAsShown();
    write(new Blob(['mask']));
    expect((await taken)?.mask).not.toBeNull();
    await changing;
  });

  it('is left alone where runs start from another picture by now', async () => {
    const other = { ...start, picture: { ...start.picture, id: 'other' } };
    setStart(other);
    await changeMask(engine, half);
    expect(startStore.getState().start).toEqual(other);
  });
});

describe('a mask out of a file', () => {
  const file = new Blob(['mask']);
  const inspector = (width: number, height: number): Pick<EngineApi, 'inspectImage'> => ({
    inspectImage: () => Promise.resolve({ ok: true, value: { width, height, hash: 'mask', upright: null } }),
  });
  const read = (grid: typeof half) => () => Promise.resolve(grid);
  const mask = () => startStore.getState().start?.mask ?? null;

  it('takes the place of what is marked and is kept as it came; undo brings the strokes back, and again the file', async () => {
    await changeMask(engine, half);
    const painted = mask();
    const other = withRectangle(emptyGrid(start.picture), { x: 0, y: 0, width: 5, height: 5 }, true);
    expect(await takeMask(inspector(200, 100), file, start, read(other))).toBeNull();
    expect([mask(), await (await subjectBlob('mask'))?.text()]).toEqual([{ id: 'mask' }, 'mask']);
    await changeMask(engine, half);
    await undoMask(engine);
    expect(mask()).toEqual({ id: 'mask' });
    await undoMask(engine);
    expect(mask()).toEqual(painted);
  });

  it('that marks nothing, or everything, or is no picture, changes nothing', async () => {
    await changeMask(engine, half);
    const before = [mask(), maskStore.getState()];
    const all = withRectangle(half, { x: 0, y: 0, width: 20, height: 10 }, true);
    expect(await takeMask(inspector(20, 10), file, start, read(emptyGrid(start.picture)))).toMatch(/marks nothing/u);
    expect(await takeMask(inspector(20, 10), file, start, read(all))).toMatch(/marks the whole picture/u);
    const refused = { code: 'not-an-image', message: 'This file is not a picture.' } as const;
    const none: Pick<EngineApi, 'inspectImage'> = {
      inspectImage: () => Promise.resolve({ ok: false, error: refused }),
    };
    expect(await takeMask(none, file, start, read(half))).toBe(refused.message);
    expect([mask(), maskStore.getState()]).toEqual(before);
  });

  it('of another shape is stretched, and that is said', async () => {
    await takeMask(inspector(100, 100), file, start, read(half));
    expect(toastStore.getState().toasts.at(-1)?.message).toMatch(/100 × 100 pixels and the picture 20 × 10/u);
  });
});
