import { expect, it } from 'vitest';
import type { EngineApi } from '../../../workers/api.ts';
import { composeStore } from '../compose/compose-store.ts';
import { embeddingStore } from '../compose/embeddings.ts';
import { keepSubject } from '../compose/subject-library.ts';
import { defaultSettings, settingsStore } from '../settings/settings.ts';
import { applyRecipe } from './reuse.ts';

const engine: Pick<EngineApi, 'inspectImage'> = {
  inspectImage: () => Promise.resolve({ ok: true, value: { width: 1, height: 1, hash: '', upright: null } }),
};

it('the settings of a picture bring back the embeddings whose bytes are still here, and name the others', async () => {
  const kept = { id: await keepSubject(new Blob(['toy'])), name: 'toy.pt', trigger: 'toy', vectors: 2, dimension: 8 };
  const gone = { ...kept, id: 'gone', name: 'gone.pt', trigger: 'gone' };
  const { missing } = await applyRecipe(engine, {
    compose: { caption: 'a toy', pins: [] },
    embeddings: [kept, gone],
    settings: { ...defaultSettings, negativePrompt: 'gone', seed: 9 },
    guidanceMoved: false,
    model: { id: 'x', name: 'x' },
  });
  expect(missing).toEqual(['gone.pt']);
  expect(embeddingStore.getState().embeddings).toEqual([kept]);
  expect(composeStore.getState().caption).toBe('a toy');
  expect(settingsStore.getState()).toMatchObject({ negativePrompt: 'gone', seed: 9, seedLocked: true });
});
