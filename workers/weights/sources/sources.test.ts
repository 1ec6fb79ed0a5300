import { blobSource } from '../../checkpoint/bytes/byte-source.ts';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ByteSource } from '../../checkpoint/bytes/byte-source.ts';
import { type ErrorCode, PinwordError } from '../../errors.ts';
import { safetensorsFile, serveFiles } from '../../testing/hub-server/hub-fixture.ts';
import { evilPickle, torchFileOf } from '../../testing/files/torch-writer.ts';
import { readWeightFile } from './weight-file.ts';
import { findComponent } from './component-files.ts';
import { openFolder } from './folder-source.ts';
import { openHub } from './hub-source.ts';
import { licenceOfModelCard, requireFile, type SourceFiles } from './source-files.ts';
import { openUrl } from './url-source.ts';
import { present } from '../../testing/present.ts';

const weights = safetensorsFile('F16', { 'conv.weight': [300, 1000], 'conv.bias': [1000] });
const torchWeights = safetensorsFile('F16', { 'conv.weight': [3, 5] });
const torch = await torchFileOf(torchWeights);
const missing = (): never => {
  throw new Error('missing');
};
const weightsPath = 'unet/diffusion_pytorch_model.fp16.safetensors';
const config = '{"_class_name":"UNet2DConditionModel"}';
const card = '---\nlicense: "openrail"\ntags: [a]\n---\n# Model\n';
const hub = await serveFiles({
  'README.md': card,
  'unet/config.json': config,
  [weightsPath]: weights,
  'vae/config.json': '{}',
  'vae/diffusion_pytorch_model.bin': torch,
});
afterAll(() => hub[Symbol.asyncDispose]());
beforeEach(() => {
  hub.server.setFaults([]);
});
afterEach(() => {
  vi.useRealTimers();
});

const noWait = { wait: () => Promise.resolve() };
const openFromHub = () => openHub(hub.location, noWait);

async function codeOf(promise: Promise<unknown>): Promise<ErrorCode | 'none'> {
  const thrown: unknown = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  return thrown instanceof PinwordError ? thrown.code : 'none';
}

async function readAll(source: ByteSource): Promise<Uint8Array> {
  return source.read(0, source.size);
}

async function openWeights(files: SourceFiles): Promise<ByteSource> {
  return requireFile(files, weightsPath);
}

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

describe('a folder', () => {
  const entries = [
    { path: 'my-model/model_index.json', file: new Blob(['{}']) },
    { path: `my-model/${weightsPath}`, file: new Blob([weights]) },
    { path: 'my-model/unet/config.json', file: new Blob([config]) },
  ];

  it('may lie one directory deep', async () => {
    const component = present(await findComponent(openFolder('my-model', entries), 'unet'));
    expect([...component.table.keys()]).toEqual(['conv.weight', 'conv.bias']);
  });

  it('may be the cache of the Hub, where the checkpoint lies deeper', async () => {
    const snapshot = 'models--someone--model/snapshots/0123abcd/';
    const files = openFolder('hub', [
      { path: 'models--someone--model/refs/main', file: new Blob(['0123abcd']) },
      ...entries.map(({ path, file }) => ({ path: path.replace('my-model/', snapshot), file })),
    ]);
    expect([...present(await findComponent(files, 'unet')).table.keys()]).toEqual(['conv.weight', 'conv.bias']);
  });

  it('is read from the least deep checkpoint in it, and refused by name where several are equally deep', async () => {
    const at = (root: string) => entries.map(({ path, file }) => ({ path: path.replace('my-model/', root), file }));
    const nested = openFolder('m', [
      ...at('a/unet-only/').slice(1),
      { path: 'b/model_index.json', file: new Blob(['{"b":1}']) },
    ]);
    expect(await (await requireFile(nested, 'model_index.json')).read(0, 7)).toEqual(
      new TextEncoder().encode('{"b":1}'),
    );
    expect(() => openFolder('cache', [...at('one/x/'), ...at('two/y/')])).toThrow(
      /cache holds several models: one\/x, two\/y\. Open the folder of one/,
    );
  });

  it('refuses a Git LFS pointer and a saved web page', async () => {
    const pointer = openFolder('m', [
      {
        path: 'unet/config.json',
        file: new Blob(['version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n']),
      },
    ]);
    expect(await codeOf(pointer.find('unet/config.json'))).toBe('not-a-model-file');
    const page = openFolder('m', [{ path: 'unet/config.json', file: new Blob(['\n<!DOCTYPE html>']) }]);
    expect(await codeOf(page.find('unet/config.json'))).toBe('not-a-model-file');
  });
});

describe('the files of a component', () => {
  const file = safetensorsFile('F16', { a: [2] });
  const folderOf = (files: ReadonlyMap<string, BlobPart>): SourceFiles =>
    openFolder(
      'm',
      [...files].map(([path, part]) => ({ path, file: new Blob([part]) })),
    );

  it('are the float16 ones where there are both', async () => {
    const files = folderOf(
      new Map<string, BlobPart>([
        ['text_encoder/config.json', '{}'],
        ['text_encoder/model.safetensors', file],
        ['text_encoder/model.fp16.safetensors', file],
      ]),
    );
    expect(present(await findComponent(files, 'text_encoder')).weights.name).toBe(
      'text_encoder/model.fp16.safetensors',
    );
  });

  it('reads shards as one file', async () => {
    const second = safetensorsFile('F16', { b: [3] }, (i) => i + 5);
    const index = '{"weight_map":{"a":"model-00001-of-00002.safetensors","b":"model-00002-of-00002.safetensors"}}';
    const files = folderOf(
      new Map<string, BlobPart>([
        ['vae/config.json', '{}'],
        ['vae/model.safetensors.index.json', index],
        ['vae/model-00001-of-00002.safetensors', file],
        ['vae/model-00002-of-00002.safetensors', second],
      ]),
    );
    const { weights: shards, table } = present(await findComponent(files, 'vae'));
    const info = table.get('b');
    expect(await shards.read(info?.offset ?? 0, info?.length ?? 0)).toEqual(second.slice(-6));
    expect(await readAll(shards)).toEqual(new Uint8Array([...file, ...second]));
  });

  it('refuses an index that leads out of the folder', async () => {
    const files = folderOf(
      new Map<string, BlobPart>([
        ['vae/config.json', '{}'],
        ['vae/model.safetensors.index.json', '{"weight_map":{"a":"../x.safetensors"}}'],
      ]),
    );
    expect(await codeOf(findComponent(files, 'vae'))).toBe('bad-json');
  });

  it("reads torch's own format by its ends and by the ranges of its tensors", async () => {
    const files = await openFromHub();
    const { weights: file, table } = (await findComponent(files, 'vae')) ?? missing();
    const { offset, length } = table.get('conv.weight') ?? missing();
    expect(Buffer.compare(await file.read(offset, length), torchWeights.subarray(-length))).toBe(0);
  });

  it("refuses torch's own format where the host sends files only as a whole", async () => {
    const whole = { ...blobSource('unet/diffusion_pytorch_model.bin', new Blob([torch])), acceptsRanges: false };
    await expect(readWeightFile(whole)).rejects.toMatchObject({
      code: 'bad-pickle',
      message: expect.stringMatching(/only as a whole.*your disk/) as string,
    });
  });

  it('says of weights that are no data what they would run', async () => {
    const files = openFolder('m', [
      { path: 'vae/config.json', file: new Blob(['{}']) },
      { path: 'vae/diffusion_pytorch_model.bin', file: new Blob([evilPickle]) },
    ]);
    await expect(findComponent(files, 'vae')).rejects.toThrow(/posix\.system.*never run/);
  });

  it('gives null for a component that the checkpoint does not have', async () => {
    expect(await findComponent(await openFromHub(), 'projector')).toBeNull();
  });
});

describe('a host that fails', () => {
  const fetchWeights = async () => readAll(await openWeights(await openFromHub()));

  it.each(['hub', 'url'] as const)('is asked for the rest after a cut (%s)', async (kind) => {
    hub.server.setFaults([{ kind: 'cut', at: 300_000, path: weightsPath, times: 1, skip: 1 }]);
    const files = kind === 'hub' ? await openFromHub() : openUrl(hub.baseUrl, noWait);
    expect(Buffer.compare(await readAll(await openWeights(files)), weights)).toBe(0);
    expect(hub.server.log.filter(({ range }) => range === 'bytes=300000-' + String(weights.length - 1))).not.toEqual(
      [],
    );
  });

  it('that always cuts at the same byte gives download-incomplete', async () => {
    hub.server.setFaults([{ kind: 'cut', at: 300_000, path: weightsPath }]);
    expect(await codeOf(fetchWeights())).toBe('download-incomplete');
  });

  it('that replaces the file between two parts is found out', async () => {
    for (const files of [await openFromHub(), openUrl(hub.baseUrl, noWait)]) {
      hub.server.setFaults([{ kind: 'changed', path: weightsPath, skip: 1 }]);
      const file = await openWeights(files);
      await expect(file.read(200_000, 10)).rejects.toThrow(/replaced on the server/);
    }
  });

  it('that stops honouring Range is read over, where it shows that the file is the same', async () => {
    hub.server.setFaults([{ kind: 'ignore-range', path: weightsPath, skip: 1 }]);
    const file = await openWeights(await openFromHub());
    expect(await file.read(200_000, 10)).toEqual(weights.slice(200_000, 200_010));
  });

  it.each([
    [{ kind: 'html' } as const, 'not-a-model-file'],
    [{ kind: 'lfs-pointer' } as const, 'not-a-model-file'],
    [{ kind: 'drop' } as const, 'network'],
    [{ kind: 'status', status: 500 } as const, 'http-status'],
    [{ kind: 'status', status: 403 } as const, 'http-status'],
    [{ kind: 'status', status: 429, retryAfter: 2 } as const, 'http-status'],
  ])('with %o gives %s', async (fault, code) => {
    hub.server.setFaults([{ ...fault, path: weightsPath }]);
    expect(await codeOf(fetchWeights())).toBe(code);
  });

  it('that is busy is asked again after the time it names', async () => {
    hub.server.setFaults([{ kind: 'status', status: 429, retryAfter: 7, path: weightsPath, times: 2 }]);
    const pauses: number[] = [];
    const files = await openHub(hub.location, {
      wait: (milliseconds) => Promise.resolve(void pauses.push(milliseconds)),
    });
    expect(Buffer.compare(await readAll(await openWeights(files)), weights)).toBe(0);
    expect(pauses).toEqual([7000, 7000]);
  });

  it('that falls silent for a minute is asked again for the rest', async () => {
    const at = 200_000;
    hub.server.setFaults([{ kind: 'silence', at, path: weightsPath, skip: 1, times: 1 }]);
    let onBytes: (count: number) => void = () => undefined;
    const file = await openWeights(
      await openHub(hub.location, {
        ...noWait,
        onBytes: (count) => {
          onBytes(count);
        },
      }),
    );
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const silent = new Promise<void>((resolve) => {
      let received = 0;
      onBytes = (count) => {
        received += count;
        if (received >= at) resolve();
      };
    });
    const read = readAll(file);
    await silent;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(Buffer.compare(await read, weights)).toBe(0);
    expect(hub.server.log.at(-1)?.range).toBe(`bytes=${at}-${weights.length - 1}`);
  });

  it('that cannot be reached gives network', async () => {
    expect(await codeOf(openHub({ ...hub.location, endpoint: 'http://127.0.0.1:1' }, noWait))).toBe('network');
  });

  it('does not hold up a person who cancels', async () => {
    hub.server.setFaults([{ kind: 'slow', bytesPerSecond: 1, path: weightsPath, skip: 1 }]);
    const abort = new AbortController();
    let onBytes: () => void = () => undefined;
    const file = await openWeights(
      await openHub(hub.location, {
        ...noWait,
        signal: abort.signal,
        onBytes: () => {
          onBytes();
        },
      }),
    );
    onBytes = () => {
      abort.abort();
    };
    expect(await codeOf(readAll(file))).toBe('cancelled');
  });
});
