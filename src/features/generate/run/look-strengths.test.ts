import { beforeEach, expect, it } from 'vitest';
import type { PinStrengths } from '../../../../workers/api.ts';
import {
  composeStore,
  pinSubject,
  setArea,
  setCaption,
  setDetail,
  setLook,
  unpinWord,
} from '../../compose/draft/compose-store.ts';
import type { PinnedPicture } from '../../compose/pins/pins.ts';
import { galleryStore } from '../../gallery/gallery-store.ts';
import { readRecipe } from '../../gallery/metadata.ts';
import { keepSubject } from '../../compose/pins/subject-library.ts';
import { generate } from './controller.ts';
import { done, type FakeEngine } from './fake-engine.ts';
import { summary } from '../../models/loading/load-fixture.ts';
import { followStrengths } from './follow-looks.ts';
import { freshPage, picture, settle, step } from './run-fixture.ts';
import { squarePicture } from '../../compose/pins/pin-fixture.ts';

const current = freshPage();
let engine: FakeEngine;
let sent: PinStrengths[] = [];

const pinned = async (name: string): Promise<PinnedPicture> =>
  squarePicture(await keepSubject(new Blob([name])), { name });

followStrengths({ setPinStrengths: (strengths) => engine.setPinStrengths(strengths) });

beforeEach(async () => {
  engine = current();
  sent = [];
  engine.setPinStrengths = (strengths) => {
    sent.push(strengths);
    return Promise.resolve();
  };
  engine.loadModel = () =>
    Promise.resolve({
      ok: true,
      value: { ...summary, look: { name: 'ip-adapter-plus_sd15', kind: 'plus', tokens: 16 } },
    });
  pinSubject(1, await pinned('dog'));
  pinSubject(4, await pinned('beach'));
  setLook(4, { on: false });
});

it('looks and places go to the engine, and strengths that move follow while the picture forms', async () => {
  const area = { x: 0, y: 0, width: 0.5, height: 0.5 };
  setArea(1, area);
  setLook(1, { strength: 0.6 });
  const outcome = generate(engine);
  await settle();
  expect(engine.requests[0]?.pins).toMatchObject([
    { word: 1, look: { on: true, strength: 0.6, role: 'subject' }, area },
    { word: 4, look: { on: false }, area: null },
  ]);
  // The word of a pin may move meanwhile, and a pin may go.
  setCaption('my old dog on the beach');
  setLook(2, { strength: 0.9 });
  await settle();
  setLook(2, { on: false });
  await settle();
  unpinWord(2);
  setLook(5, { on: true, strength: 0.2 });
  await settle();
  expect(sent.slice(-3).map(({ look }) => look)).toEqual([
    [0.9, 0],
    [0, 0],
    [0.6, 0],
  ]);
  engine.finish({ ok: true, value: done });
  await outcome;
  setLook(5, { strength: 0.3 });
  await settle();
  expect(sent.at(-1)?.look).toEqual([0.6, 0]);
});

it('the recipe has the strengths that the last step was made with, says that they moved, and names the adapter', async () => {
  const outcome = generate(engine);
  await settle();
  const at = (...look: readonly number[]) => ({ ...step(0.5), strengths: { look, detail: [0, 0] } });
  engine.emit(at(1, 0));
  engine.emit(at(0.25, 0));
  engine.emit(picture(0, 5));
  engine.finish({ ok: true, value: { ...done, pictures: 1 } });
  await outcome;
  const recipe = galleryStore.getState().pictures[0]?.recipe;
  expect(recipe).toMatchObject({ guidanceMoved: true, model: { look: 'ip-adapter-plus_sd15' } });
  expect(recipe?.compose.pins.map(({ look }) => look)).toEqual([
    { on: true, strength: 0.25, role: 'subject' },
    { on: false, strength: 1, role: 'subject' },
  ]);
  expect(readRecipe(engine.written[0] ?? [])).toEqual(recipe);
  expect(composeStore.getState().pins[0]?.look).toBeUndefined();
});

it('the strength of fine detail follows too, and stays 0 where it began off', async () => {
  setDetail(1, { on: true, strength: 0.8 });
  const outcome = generate(engine);
  await settle();
  expect(engine.requests[0]?.pins[0]?.detail).toEqual({ strength: 0.8 });
  setDetail(1, { strength: 0.3 });
  setDetail(4, { on: true });
  await settle();
  expect(sent.at(-1)?.detail).toEqual([0.3, 0]);
  const at = (detail: number) => ({ ...step(0.5), strengths: { look: [1, 0], detail: [detail, 0] } });
  engine.emit(at(0.8));
  engine.emit(at(0.3));
  engine.emit(picture(0, 5));
  engine.finish({ ok: true, value: { ...done, pictures: 1 } });
  await outcome;
  const recipe = galleryStore.getState().pictures[0]?.recipe;
  expect(recipe?.guidanceMoved).toBe(true);
  expect(recipe?.compose.pins[0]?.detail).toEqual({ on: true, strength: 0.3 });
});
