import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';

import type { ByteSource } from '../../checkpoint/bytes/byte-source.ts';
import type { ErrorCode } from '../../errors.ts';
import { cases, changedJson, typed } from '../../testing/files/fuzz.ts';
import { openHttpFile } from './http-file.ts';
import { openHub } from './hub-source.ts';

afterEach(() => {
  vi.unstubAllGlobals();
});

const refusals: readonly ErrorCode[] = [
  'file-not-found',
  'http-status',
  'network',
  'not-a-model-file',
  'download-incomplete',
];
const noWait = { wait: () => Promise.resolve() };
const listing = {
  sha: '0123456789abcdef0123456789abcdef01234567',
  cardData: { license: 'mit' },
  siblings: [
    { rfilename: 'unet/config.json', size: 7, blobId: '0123456789' },
    { rfilename: 'unet/model.safetensors', lfs: { sha256: 'a'.repeat(64), size: 9 } },
  ],
};

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const headerValue = fc.oneof(
  fc.constantFrom('0', '-1', '5', '1e9', 'NaN', 'bytes 0-4/5', 'bytes 0-9/99', 'bytes 5-0/3', 'bytes */7', 'text/html'),
  fc.string({ maxLength: 12, unit: fc.constantFrom(...Array.from('0123456789-/*bytes W"')) }),
);
const answer: fc.Arbitrary<Answer> = fc.record({
  status: fc.constantFrom(200, 200, 200, 206, 206, 400, 401, 404, 410, 416, 429, 500, 503),
  headers: fc.dictionary(
    fc.constantFrom(
      'Content-Range',
      'Content-Length',
      'Content-Type',
      'Content-Encoding',
      'ETag',
      'Last-Modified',
      'Retry-After',
      'X-Error-Code',
      'X-Repo-Commit',
    ),
    headerValue,
    { maxKeys: 4 },
  ),
  body: fc.oneof(
    changedJson(listing).map((value) => JSON.stringify(value)),
    fc.constant(JSON.stringify(listing)),
    fc.constantFrom('', '<!doctype html>', 'version https://git-lfs.github.com/spec/v1\n', '{"a": 1}'),
    fc.string(),
  ),
});

/** Answers requests by these, one after the other, the last one for good. */
function answerWith(answers: readonly Answer[]): void {
  let next = 0;
  vi.stubGlobal('fetch', () => {
    const { status, headers, body } = answers[Math.min(next++, answers.length - 1)] ?? {
      status: 404,
      headers: {},
      body: '',
    };
    return Promise.resolve(new Response(body, { status, headers }));
  });
}

/** A file is read as long as it says that it is, or its host is refused by a sentence. */
async function readEnds(file: ByteSource): Promise<void> {
  const length = Math.min(8, file.size);
  for (const offset of [0, file.size - length]) {
    const bytes = await typed(refusals, () => file.read(offset, length));
    if (bytes !== null) expect(bytes).toHaveLength(length);
  }
}

describe('answers of any kind', () => {
  it('of a hub give its files, or a sentence', async () => {
    const location = { endpoint: 'https://hub.example', repo: 'someone/model', revision: 'main' };
    await fc.assert(
      fc.asyncProperty(fc.array(answer, { minLength: 1, maxLength: 4 }), async (answers) => {
        answerWith(answers);
        const files = await typed(refusals, () => openHub(location, noWait));
        if (files === null) return;
        expect(files.identity).toBe(`hub:https://hub.example/someone/model@${files.commit}`);
        await typed(refusals, () => files.licence());
        const file = await typed(refusals, () => files.find('unet/config.json'));
        if (file !== null) await readEnds(file);
      }),
      { numRuns: cases },
    );
  });

  it('of a host give a file of the size that it says, or a sentence', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(answer, { minLength: 1, maxLength: 4 }), async (answers) => {
        answerWith(answers);
        const file = await typed(refusals, () =>
          openHttpFile('config.json', 'https://host.example/m/config.json', noWait),
        );
        if (file !== null && file !== 'html') await readEnds(file);
      }),
      { numRuns: cases },
    );
  });
});
