import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  codeOf,
  noWait,
  openWeights,
  readAll,
  serveModel,
  weights,
  weightsPath,
} from '../../testing/hub-server/served-model.ts';
import { openHub } from './hub-source.ts';
import { openUrl } from './url-source.ts';

const hub = await serveModel();
afterAll(() => hub[Symbol.asyncDispose]());
beforeEach(() => {
  hub.server.setFaults([]);
});
afterEach(() => {
  vi.useRealTimers();
});

const openFromHub = () => openHub(hub.location, noWait);

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
