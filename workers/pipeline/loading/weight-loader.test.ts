import { expect, it } from 'vitest';

import { blobSource } from '../../checkpoint/bytes/byte-source.ts';
import { readSafetensorsTable } from '../../checkpoint/tensor-files/safetensors.ts';
import { PinwordError } from '../../errors.ts';
import { safetensorsFile } from '../../testing/hub-server/hub-fixture.ts';
import { MemoryEnvironment, MemoryStorage } from '../../testing/storage/memory-storage.ts';
import { HeldWeights } from '../../weights/convert/held-weights.ts';
import { ModelStorage } from '../../weights/store/model-storage.ts';
import type { WeightRequest } from './load-parts.ts';
import { openWeightLoader } from './weight-loader.ts';

const source = blobSource('unet/model.safetensors', new Blob([safetensorsFile('F16', { a: [40] })]));
const request: WeightRequest = {
  origin: null,
  source,
  table: await readSafetensorsTable(source),
  wanted: [{ name: 'a' }],
  dtype: 'F16',
};
const remote: WeightRequest = {
  ...request,
  origin: { identity: 'url:https://example.org/m', name: 'm', licence: () => Promise.resolve(null) },
};

const noStorage = () => Promise.reject(new PinwordError('storage-unavailable', 'No files can be stored.'));

it('without storage, only what must be downloaded again is said to be, and only where it was to be kept', async () => {
  const keeping = await openWeightLoader(true, noStorage, new HeldWeights());
  expect(await keeping.notice([request, remote])).toMatchObject({ code: 'not-stored' });
  expect(await keeping.notice([request])).toBeNull();
  expect(await (await openWeightLoader(false, noStorage, new HeldWeights())).notice([remote])).toBeNull();
  expect(await keeping.missingBytes([request, remote])).toBe(80);
  expect((await keeping.load(remote)).blob).toBe(source.blob);
});

it('that the browser may clear the storage is said only of what is stored', async () => {
  const environment = new MemoryEnvironment();
  environment.persisted = () => Promise.resolve(false);
  const bringer = await openWeightLoader(
    true,
    () => Promise.resolve(new ModelStorage(new MemoryStorage(), environment)),
    new HeldWeights(),
  );
  expect(await bringer.notice([remote])).toMatchObject({ code: 'storage-not-persistent' });
  expect(await bringer.notice([request])).toBeNull();
});

it('other failures of the storage are failures', async () => {
  await expect(
    openWeightLoader(true, () => Promise.reject(new PinwordError('storage-busy', 'Another tab.')), new HeldWeights()),
  ).rejects.toMatchObject({ code: 'storage-busy' });
});

it.each([true, false])(
  'a load finds nothing of the merged weights that the load before it wrote, whether or not it keeps what it downloads: %s',
  async (keep) => {
    const folder = new MemoryStorage();
    const merged = async () => (await folder.list()).filter((name) => name.startsWith('temporary-'));
    const owner = { identity: 'url:https://example.org/m', name: 'm', licence: null };
    const storage = new ModelStorage(folder, new MemoryEnvironment());
    const merge = async (): Promise<void> => {
      await storage.load(owner, { ...request, transform: { touches: () => true, apply: (_, __, values) => values } });
    };
    await merge();
    await merge();
    expect(await merged()).toHaveLength(2);
    const loader = await openWeightLoader(keep, () => Promise.resolve(storage), new HeldWeights());
    expect(await merged()).toHaveLength(2);
    await loader.begin();
    expect(await merged()).toEqual([]);
    await merge();
    expect(await merged()).toHaveLength(1);
  },
);
