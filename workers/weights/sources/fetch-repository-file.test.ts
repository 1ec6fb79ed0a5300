import { afterAll, expect, it } from 'vitest';
import { serveFiles } from '../../testing/hub-fixture.ts';
import { fetchRepositoryFile } from './fetch-repository-file.ts';

const path = 'projector.pt';
const bytes = Uint8Array.from({ length: 300_000 }, (_, i) => i % 251);
const hub = await serveFiles({ [path]: bytes });
afterAll(() => hub[Symbol.asyncDispose]());

const fetchFile = (onProgress: (bytes: number) => void = () => undefined) =>
  fetchRepositoryFile({ ...hub.location, path }, (progress) => {
    onProgress(progress.bytes);
  });

it('gives the bytes of the file, with progress to its end', async () => {
  const seen: number[] = [];
  const blob = await fetchFile((count) => {
    seen.push(count);
  });
  expect(Buffer.compare(Buffer.from(await blob.arrayBuffer()), bytes)).toBe(0);
  expect(seen.at(-1)).toBe(bytes.length);
});

it('refuses bytes that are not those whose hash the hub publishes', async () => {
  hub.server.setFaults([{ kind: 'wrong-byte', at: 200_001, path }]);
  await expect(fetchFile()).rejects.toMatchObject({ code: 'hash-mismatch' });
});
