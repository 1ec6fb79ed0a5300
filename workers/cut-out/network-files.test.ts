import { afterAll, beforeEach, describe, expect, it } from 'vitest';

import { cutOutNetworks } from '../contract/cut-out-networks.ts';
import { PinwordError } from '../errors.ts';
import { serveFiles } from '../testing/hub-server/hub-fixture.ts';
import { MemoryEnvironment, MemoryStorage } from '../testing/storage/memory-storage.ts';
import { openHub } from '../weights/sources/hub-source.ts';
import { openUrl } from '../weights/sources/url-source.ts';
import { WholeFiles } from '../weights/store/whole-files.ts';
import { bringNetwork, type FilesPlatform, type NetworkFiles } from './network-files.ts';

const graph = 'onnx/model_quantized.onnx';
const hub = await serveFiles({
  'config.json': '{}',
  'preprocessor_config.json': '{}',
  [graph]: new Uint8Array(3000).fill(255),
});
afterAll(() => hub[Symbol.asyncDispose]());

let storage = new MemoryStorage();
beforeEach(() => {
  hub.server.setFaults([]);
  storage = new MemoryStorage();
});

/** A worker's life on the same disk. */
const life = (change: Partial<FilesPlatform> = {}): FilesPlatform => ({
  openSite: () => openUrl(hub.baseUrl, {}),
  storage: () => Promise.resolve({ files: new WholeFiles(storage, new MemoryEnvironment()) }),
  openHub: () => openHub(hub.location, { wait: () => Promise.resolve() }),
  ...change,
});
const told: [number, number][] = [];
const bring = (mayDownload: boolean, platform = life()): Promise<NetworkFiles> =>
  bringNetwork(platform, 'ormbg', { mayDownload, onProgress: (bytes, total) => told.push([bytes, total]) });
const sizes = (files: NetworkFiles) => [...files].map(([path, { size }]) => [path, size]);
const all = [
  ['config.json', 2],
  ['preprocessor_config.json', 2],
  [graph, 3000],
];

describe('the files of a network that cuts out', () => {
  it('are not asked for anywhere before the person has agreed', async () => {
    await expect(bring(false)).rejects.toMatchObject({ code: 'needs-download' });
    expect(hub.server.log).toEqual([]);
  });

  it('are downloaded once, and then are there without a question or a request', async () => {
    expect(sizes(await bring(true))).toEqual(all);
    expect(told.at(-1)).toEqual([3004, 3004]);
    hub.server.setFaults([]);
    expect(sizes(await bring(false))).toEqual(all);
    expect(hub.server.log).toEqual([]);
  });

  it('of which one was wrong are kept, and that one is asked for again', async () => {
    hub.server.setFaults([{ kind: 'wrong-byte', path: graph, at: 9 }]);
    await expect(bring(true)).rejects.toMatchObject({ code: 'hash-mismatch' });
    hub.server.setFaults([]);
    expect(sizes(await bring(true))).toEqual(all);
    expect(hub.server.log.filter(({ path }) => path.endsWith('config.json') && path.includes('resolve'))).toEqual([]);
  });

  it('are held in memory where the browser gives no storage', async () => {
    const none = life({
      storage: () => Promise.reject(new PinwordError('storage-unavailable', 'There is no storage here.')),
    });
    expect(sizes(await bring(true, none))).toEqual(all);
    expect(await storage.list()).toEqual([]);
  });

  it('of the site come from the site', async () => {
    const { folder } = cutOutNetworks.picturebook.from;
    await using site = await serveFiles({
      [`${folder}/config.json`]: '{}',
      [`${folder}/preprocessor_config.json`]: '{}',
      [`${folder}/onnx/model.onnx`]: 'x',
    });
    const files = await bringNetwork(
      life({ openSite: (below) => openUrl(`${site.baseUrl}/${below}`, {}) }),
      'picturebook',
      {
        mayDownload: false,
        onProgress: () => undefined,
      },
    );
    expect(sizes(files).map(([path]) => path)).toEqual(cutOutNetworks.picturebook.files);
  });
});
