import * as fc from 'fast-check';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { PinwordError } from '../../errors.ts';
import { safetensorsFile } from '../../testing/hub-server/hub-fixture.ts';
import { Crash, MemoryEnvironment, MemoryStorage } from '../../testing/storage/memory-storage.ts';
import {
  bytesOf,
  codeOf,
  expected,
  noWait,
  path,
  shapes,
  versioned,
  StoredWeights,
} from '../../testing/storage/stored-weights.ts';
import { openUrl } from '../sources/url-source.ts';
import { listModels, verifyModel } from './stored-models.ts';

const stored = await StoredWeights.open();
afterAll(() => stored.hub[Symbol.asyncDispose]());
beforeEach(() => {
  stored.reset();
});

describe('a download that is interrupted', () => {
  it('goes on where it ended, and still checks the published hash', async () => {
    stored.hub.server.setFaults([{ kind: 'cut', at: 300_000, path }]);
    expect(await codeOf(stored.bring())).toBe('download-incomplete');
    expect((await listModels(stored.storage))[0]).toMatchObject({ complete: false, licence: 'creativeml-openrail-m' });
    stored.hub.server.setFaults([]);
    expect(Buffer.compare(await bytesOf(await stored.bring()), expected)).toBe(0);
    const start = Number(/bytes=(\d+)-/.exec(stored.ranges()[0] ?? '')?.[1]);
    expect(start).toBeGreaterThan(200_000);
  });

  it('finds out wrong bytes in the part that was fetched before', async () => {
    stored.hub.server.setFaults([
      { kind: 'wrong-byte', at: 100_001, path },
      { kind: 'cut', at: 300_000, path },
    ]);
    expect(await codeOf(stored.bring())).toBe('download-incomplete');
    stored.hub.server.setFaults([]);
    expect(await codeOf(stored.bring())).toBe('hash-mismatch');
    expect(Buffer.compare(await bytesOf(await stored.bring()), expected)).toBe(0);
  });

  it('can be paused and resumed', async () => {
    const abort = new AbortController();
    const onProgress = (bytes: number) => {
      if (bytes > 200_000) abort.abort();
    };
    expect(await codeOf(stored.bring(undefined, { signal: abort.signal, onProgress }))).toBe('cancelled');
    const seen: number[] = [];
    expect(
      Buffer.compare(
        await bytesOf(await stored.bring(undefined, { onProgress: (bytes) => seen.push(bytes) })),
        expected,
      ),
    ).toBe(0);
    expect(seen[0]).toBeGreaterThan(150_000);
  });

  it('starts over where the host has stopped honouring Range', async () => {
    const url = () => openUrl(stored.hub.baseUrl, noWait);
    stored.hub.server.setFaults([{ kind: 'cut', at: 300_000, path }]);
    expect(await codeOf(stored.bring(url()))).toBe('download-incomplete');
    stored.hub.server.setFaults([{ kind: 'ignore-range', path }]);
    expect(Buffer.compare(await bytesOf(await stored.bring(url())), expected)).toBe(0);
  });

  it('starts over where the file was replaced', async () => {
    const url = () => openUrl(stored.hub.baseUrl, noWait);
    // The first bytes of another version make no safetensors file, so only later ones differ here.
    stored.hub.server.setFaults([
      { kind: 'changed', path, skip: 2 },
      { kind: 'cut', at: 300_000, path, skip: 1, times: 1 },
    ]);
    await expect(stored.bring(url())).rejects.toThrow(/replaced on the server/);
    stored.hub.server.setFaults([]);
    expect(Buffer.compare(await bytesOf(await stored.bring(url())), expected)).toBe(0);
  });
});

describe('a host that shows no version', () => {
  it('is asked from the start again after an interruption', async () => {
    const request = await versioned(expected, '"1"');
    const offsets: number[] = [];
    let breaks = true;
    const source = {
      ...request.source,
      validator: null,
      stream: async function* (offset: number, length: number) {
        offsets.push(offset);
        for (let at = offset; at < offset + length; at += 50_000) {
          if (breaks && at > 300_000) throw new PinwordError('network', 'gone');
          yield await request.source.read(at, Math.min(50_000, offset + length - at));
        }
      },
    };
    const owner = { identity: 'url:x', name: 'x', licence: null };
    expect(await codeOf(stored.newStore().load(owner, { ...request, source }))).toBe('network');
    breaks = false;
    expect(Buffer.compare(await bytesOf(await stored.newStore().load(owner, { ...request, source })), expected)).toBe(
      0,
    );
    expect(offsets[1]).toBe(offsets[0]);
  });
});

describe('a crash at any byte', () => {
  const owner = { identity: 'url:x', name: 'x', licence: null };
  const crash = fc.tuple(fc.integer({ min: 0, max: 700_000 }), fc.boolean());

  it.each([false, true])(
    'leaves the old state or a resumable part, never a wrong model (older version stored: %s)',
    async (replaces) => {
      const newer = safetensorsFile('F16', shapes, (i) => i % 7);
      const [first, second] = [await versioned(expected, '"1"'), await versioned(newer, '"2"')];
      await fc.assert(
        fc.asyncProperty(fc.array(crash, { minLength: 1, maxLength: 4 }), async (crashes) => {
          stored.storage = new MemoryStorage();
          if (replaces) await stored.newStore().load(owner, first);
          for (const [bytes, torn] of crashes) {
            stored.storage.bytesUntilCrash = bytes;
            stored.platform = new MemoryEnvironment();
            const outcome: unknown = await stored
              .newStore()
              .load(owner, second)
              .catch((thrown: unknown) => thrown);
            if (outcome instanceof Error) expect(outcome).toBeInstanceOf(Crash);
            stored.storage.restart(torn);
            stored.platform = new MemoryEnvironment();
            for (const model of await listModels(stored.storage))
              expect((await verifyModel(stored.storage, stored.platform, model.id, {})).damaged).toEqual([]);
          }
          expect(Buffer.compare(await bytesOf(await stored.newStore().load(owner, second)), newer)).toBe(0);
        }),
        { numRuns: 30 },
      );
    },
  );
});
