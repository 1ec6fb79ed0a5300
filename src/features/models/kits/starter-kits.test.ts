import { expect, it } from 'vitest';
import { readSlice } from '../../../storage/slice.ts';
import { chooseKit } from './choose-kit.ts';
import { engineStore } from '../loading/engine-store.ts';
import { firstChoice, lastingChoice, loadRequest, modelChoiceSlice } from '../choice/model-choice.ts';
import { isChosenKit, starterKits } from './starter-kits.ts';

const engine = { terminate: () => undefined };

it.each(starterKits)('$name asks for its own parts, and is known again after a reload', async (kit) => {
  engineStore.setState({ choice: firstChoice });
  chooseKit(engine, kit);
  const { choice } = engineStore.getState();
  expect(starterKits.filter((other) => isChosenKit(other, choice))).toEqual([kit]);
  const kept = readSlice(modelChoiceSlice, structuredClone({ version: 1, data: lastingChoice(choice) }));
  expect(kept !== null && isChosenKit(kit, kept)).toBe(true);
  const request = await loadRequest(choice, 'webgpu');
  expect(request).toMatchObject({ ok: true, value: { source: kit.parts.source } });
});

it('a kit whose adapter was swapped can be chosen anew', () => {
  const [, photos] = starterKits;
  if (photos === undefined) throw new Error('no kit');
  expect(isChosenKit(photos, { ...firstChoice, source: photos.parts.source, ipAdapter: null })).toBe(false);
});
