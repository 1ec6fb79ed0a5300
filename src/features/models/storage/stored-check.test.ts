import { beforeEach, expect, it, vi } from 'vitest';
import type { StoredModel } from '../../../../workers/api.ts';
import { toastStore } from '../../../ui/toast.ts';
import { checkStoredModel } from './stored-check.ts';

const day = 24 * 60 * 60 * 1000;
const stored: StoredModel = {
  id: 'hub:a/b',
  name: 'a/b',
  licence: null,
  bytes: 1,
  complete: true,
  lastUsed: 0,
  checked: 0,
  files: [],
};

function engine(change: Partial<StoredModel>, damaged: readonly string[]) {
  return {
    storedModels: () => Promise.resolve({ ok: true, value: [{ ...stored, ...change }] } as const),
    verifyModel: vi.fn(() => Promise.resolve({ ok: true, value: { bytes: 1, damaged } } as const)),
    probe: vi.fn(),
    loadModel: vi.fn(),
    terminate: vi.fn(),
  };
}

beforeEach(() => {
  toastStore.setState({ toasts: [] });
});

it('damage in stored weights is said, with what to do', async () => {
  await checkStoredModel(engine({}, ['unet/model.safetensors']), stored.id, 2 * day);
  const [toast] = toastStore.getState().toasts;
  expect(toast).toMatchObject({ kind: 'error', action: { label: 'Load again' } });
  expect(toast?.message).toContain('unet/model.safetensors');
});

it('nothing is said of weights that are whole', async () => {
  await checkStoredModel(engine({}, []), stored.id, 2 * day);
  expect(toastStore.getState().toasts).toEqual([]);
});

it.each([
  ['was checked within a day', { checked: day + 1 }],
  ['is not all here yet', { complete: false }],
  ['is not stored', { id: 'another' }],
])('a model that %s is not read through', async (_, change) => {
  const client = engine(change, []);
  await checkStoredModel(client, stored.id, 2 * day);
  expect(client.verifyModel).not.toHaveBeenCalled();
});
