import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { serveFiles } from '../../testing/hub-server/hub-fixture.ts';
import {
  card,
  codeOf,
  config,
  noWait,
  openWeights,
  readAll,
  serveModel,
  weights,
  weightsPath,
} from '../../testing/hub-server/served-model.ts';
import { openHub } from './hub-source.ts';
import { licenceOfModelCard, requireFile } from './source-files.ts';
import { openUrl } from './url-source.ts';

const hub = await serveModel();
afterAll(() => hub[Symbol.asyncDispose]());
beforeEach(() => {
  hub.server.setFaults([]);
});

const openFromHub = () => openHub(hub.location, noWait);

describe('a hub repository', () => {
  it('pins the commit, and gives size, hash and licence', async () => {
    const files = await openFromHub();
    const file = await openWeights(files);
    expect(files.commit).toMatch(/^[0-9a-f]{40}$/);
    expect(files.identity).toBe(`hub:${hub.server.origin}/someone/model@${files.commit}`);
    expect(await files.licence()).toBe('creativeml-openrail-m');
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', weights));
    expect(file).toMatchObject({ size: weights.length, sha256: Buffer.from(digest).toString('hex') });
    expect(
      hub.server.log.filter(({ path }) => path.includes('/resolve/')).every(({ path }) => path.includes(files.commit)),
    ).toBe(true);
  });

  it('reads small files from the hub and parts of large ones from the second origin', async () => {
    const files = await openFromHub();
    const file = await openWeights(files);
    expect(await file.read(400_000, 1000)).toEqual(weights.slice(400_000, 401_000));
    expect(await readAll(await requireFile(files, 'unet/config.json'))).toEqual(new TextEncoder().encode(config));
    expect(hub.server.log.filter(({ origin }) => origin === 'cdn').map(({ range }) => range)).toEqual([
      'bytes=0-131071',
      'bytes=400000-400999',
    ]);
  });

  it('asks for nothing where the listing has no such file', async () => {
    const files = await openFromHub();
    hub.server.setFaults([]);
    expect(await files.find('unet/nothing.json')).toBeNull();
    expect(hub.server.log).toEqual([]);
  });

  it('says that a repository or revision does not exist', async () => {
    expect(await codeOf(openHub({ ...hub.location, repo: 'someone/else' }, noWait))).toBe('file-not-found');
    expect(await codeOf(openHub({ ...hub.location, revision: 'v2' }, noWait))).toBe('file-not-found');
  });

  it('works with a mirror that has no API, and takes the commit from its answers', async () => {
    const mirror = await serveFiles(
      { 'model_index.json': '{}', 'unet/config.json': config, [weightsPath]: weights, 'README.md': card },
      false,
    );
    const files = await openHub(mirror.location, noWait);
    expect(files.commit).toMatch(/^[0-9a-f]{40}$/);
    expect(await files.licence()).toBe('openrail');
    expect(await files.find('unet/nothing.json')).toBeNull();
    expect(Buffer.compare(await readAll(await openWeights(files)), weights)).toBe(0);
    await mirror[Symbol.asyncDispose]();
  });
});

describe('a base URL', () => {
  it('reads parts where the host supports Range, with If-Range', async () => {
    const file = await openWeights(openUrl(hub.baseUrl, noWait));
    expect(await file.read(200_000, 10)).toEqual(weights.slice(200_000, 200_010));
    const last = hub.server.log.at(-1);
    expect(last).toMatchObject({ range: 'bytes=200000-200009' });
    expect(last?.ifRange).toMatch(/^"[0-9a-f]{40}"$/);
  });

  it('fetches the whole file with progress where the host has no Range', async () => {
    hub.server.setFaults([{ kind: 'ignore-range', path: weightsPath }]);
    let bytes = 0;
    const file = await openWeights(openUrl(hub.baseUrl, { ...noWait, onBytes: (count) => (bytes += count) }));
    expect(bytes).toBe(weights.length);
    expect(await file.read(200_000, 10)).toEqual(weights.slice(200_000, 200_010));
    expect(hub.server.log).toHaveLength(1);
  });

  it('takes the licence from the model card', async () => {
    expect(await openUrl(hub.baseUrl, noWait).licence()).toBe('openrail');
    expect(licenceOfModelCard('# No front matter\nlicense: mit')).toBeNull();
  });
});
