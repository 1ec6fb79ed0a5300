import { afterAll, afterEach, describe, expect, it } from 'vitest';
import type { LoadProgress } from '../../api.ts';
import { blobSource } from '../../checkpoint/bytes/byte-source.ts';
import { readTextProjection } from '../../checkpoint/kinds/text-projection.ts';
import { readSafetensorsTable } from '../../checkpoint/tensor-files/safetensors.ts';
import { safetensorsFile, serveFiles } from '../../testing/hub-server/hub-fixture.ts';
import { fetchRepositoryFile } from './fetch-repository-file.ts';

const path = 'projector.pt';
const bytes = Uint8Array.from({ length: 300_000 }, (_, i) => i % 251);
const weights = safetensorsFile('F32', { 'vision_model.weight': [512, 1000], 'text_projection.weight': [6, 4] });
const hub = await serveFiles({ [path]: bytes, 'model.safetensors': weights });
afterAll(() => hub[Symbol.asyncDispose]());
afterEach(() => {
  hub.server.setFaults([]);
});

const fetchFile = (onProgress: (progress: LoadProgress) => void = () => undefined) =>
  fetchRepositoryFile({ ...hub.location, path }, onProgress);

it('gives the bytes of the file, with progress to its end', async () => {
  const seen: LoadProgress[] = [];
  const blob = await fetchFile((progress) => seen.push(progress));
  expect(Buffer.compare(Buffer.from(await blob.arrayBuffer()), bytes)).toBe(0);
  const whole = { phase: 'download', file: path, bytes: bytes.length, totalBytes: bytes.length };
  expect(seen.at(-1)).toEqual(whole);
});

it('refuses bytes that are not those whose hash the hub publishes', async () => {
  hub.server.setFaults([{ kind: 'wrong-byte', at: 200_001, path }]);
  await expect(fetchFile()).rejects.toMatchObject({ code: 'hash-mismatch' });
});

describe('one tensor of a file', () => {
  const fetchTensor = (tensor: string, onProgress: (progress: LoadProgress) => void = () => undefined) =>
    fetchRepositoryFile({ ...hub.location, path: 'model.safetensors', tensor }, onProgress);

  it('comes alone, as a file of its own', async () => {
    const before = hub.server.sentBytes;
    const seen: LoadProgress[] = [];
    const blob = await fetchTensor('text_projection.weight', (progress) => seen.push(progress));
    expect(seen).toEqual([{ phase: 'download', file: 'model.safetensors', bytes: 96, totalBytes: 96 }]);
    const source = blobSource('projection', blob);
    const table = await readSafetensorsTable(source);
    expect([...table.keys()]).toEqual(['text_projection.weight']);
    const values = await readTextProjection(source, table, { to: 6, from: 4 });
    expect([...values]).toEqual(Array.from({ length: 24 }, (_, i) => i / 16 - 7));
    expect(hub.server.sentBytes - before).toBeLessThan(weights.length / 4);
  });

  it('is missed by name', async () => {
    await expect(fetchTensor('text_model.weight')).rejects.toMatchObject({ code: 'missing-tensor' });
  });
});
