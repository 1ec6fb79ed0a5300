import { expect, it } from 'vitest';

import { blobSource } from '../checkpoint/byte-source.ts';
import { readSafetensorsTable } from '../checkpoint/safetensors.ts';
import { MemoryEnvironment, MemoryStorage } from '../testing/memory-storage.ts';
import type { MaterializeRequest } from '../weights/materialize.ts';
import { ModelStorage } from '../weights/model-storage.ts';
import { openBringer } from './stored-bringer.ts';

/** One tensor with a LoRA file merged in. */
async function mergedRequest(): Promise<MaterializeRequest> {
  const header = JSON.stringify({ weight: { dtype: 'F32', shape: [1], data_offsets: [0, 4] } });
  const source = blobSource('unet.safetensors', new Blob([BigUint64Array.of(BigInt(header.length)), header, Float32Array.of(1)]));
  const table = await readSafetensorsTable(source);
  const transform: MaterializeRequest['transform'] = { touches: () => true, apply: (_, __, values) => values };
  return { source, table, wanted: [{ name: 'weight' }], dtype: 'F32', transform };
}

it.each([true, false])('a load finds nothing of the merged weights that the load before it wrote, whether or not it keeps what it downloads: %s', async (keep) => {
  const folder = new MemoryStorage();
  const storage = new ModelStorage(folder, new MemoryEnvironment());
  const bring = async (): Promise<void> => { await storage.bring(null, await mergedRequest()); };
  await bring();
  await bring();
  expect(await folder.list()).toHaveLength(2);
  await openBringer(keep, () => Promise.resolve(storage));
  expect(await folder.list()).toEqual([]);
  await bring();
  expect(await folder.list()).toHaveLength(1);
});
