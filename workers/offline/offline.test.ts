import { describe, expect, it } from 'vitest';

import { isolated, partOf, rangeOf, wholeFile, withoutBody } from './answers.ts';
import { fileOf, isCore, isKept, isOfShippedModel, keyOf, type SiteFile } from './site-files.ts';

const root = 'https://example.org/pinword/';
const file = (path: string): SiteFile => ({ path, sha256: 'abc' });
const files = [
  'index.html',
  'assets/index-1.js',
  'assets/ort.jspi-1.wasm',
  'assets/ort.asyncify-1.wasm',
  'models/picturebook/unet/x.safetensors',
  'models/picturebook/images/grid.webp',
  'models/picturebook/README.md',
  'tokenizers/clip/vocab.json',
  'third-party-notices.txt',
].map(file);
const paths = (chosen: readonly SiteFile[]) => chosen.map(({ path }) => path);

describe('what is kept of the site', () => {
  it('is at first the page alone', () => {
    expect(paths(files.filter(isCore))).toEqual(['index.html', 'assets/index-1.js']);
  });

  it('is then what this browser works with', () => {
    const common = ['models/picturebook/unet/x.safetensors', 'tokenizers/clip/vocab.json'];
    const page = ['index.html', 'assets/index-1.js'];
    const keptWith = (canSuspend: boolean) => paths(files.filter((each) => isKept(each, canSuspend)));
    expect(keptWith(true)).toEqual([...page, 'assets/ort.jspi-1.wasm', ...common]);
    expect(keptWith(false)).toEqual([...page, 'assets/ort.asyncify-1.wasm', ...common]);
  });

  it('is found by its address, and by nothing beside the site', () => {
    const found = (address: string) => fileOf(files, root, address)?.path;
    expect(found(`${root}?caption=a`)).toBe('index.html');
    expect(found(`${root}assets/index-1.js`)).toBe('assets/index-1.js');
    expect(found(`${root}models/mine/unet.safetensors`)).toBeUndefined();
    expect(found('https://example.org/assets/index-1.js')).toBeUndefined();
    expect(found('https://hub.org/pinword/index.html')).toBeUndefined();
  });

  it('has another key where its bytes are others', () => {
    expect(keyOf(file('a.js'), root)).not.toBe(keyOf({ path: 'a.js', sha256: 'def' }, root));
  });
});

describe('the headers of an isolated page', () => {
  it('are added, and a host’s own stay', () => {
    const answer = isolated(
      new Response('x', { status: 203, headers: { 'Cross-Origin-Embedder-Policy': 'credentialless', 'X-Own': '1' } }),
    );
    expect(answer.status).toBe(203);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-embedder-policy': 'credentialless',
      'cross-origin-resource-policy': 'same-origin',
      'x-own': '1',
    });
  });

  it('are on answers without a body too', () => {
    expect(isolated(new Response(null, { status: 304 })).status).toBe(304);
    const failed = Response.error();
    expect(isolated(failed)).toBe(failed);
  });
});

it('a file that came compressed is kept as what it is', async () => {
  const sent = new Headers({ 'Content-Encoding': 'gzip', 'Content-Length': '3', 'Content-Type': 'text/css' });
  const kept = wholeFile(new TextEncoder().encode('0123456789').buffer, sent);
  expect(Object.fromEntries(kept.headers)).toEqual({
    'accept-ranges': 'bytes',
    'content-length': '10',
    'content-type': 'text/css',
  });
  const head = withoutBody(kept);
  expect([head.headers.get('Content-Length'), await head.text(), await kept.text()]).toEqual(['10', '', '0123456789']);
});

it('the model that the site ships is known by its folder', () => {
  expect(isOfShippedModel(root, `${root}models/picturebook/safety_checker/config.json`)).toBe(true);
  expect(isOfShippedModel(root, `${root}models/mine/config.json`)).toBe(false);
});

describe('a part of a file', () => {
  it.each([
    ['bytes=0-3', { start: 0, end: 4 }],
    ['bytes=4-', { start: 4, end: 10 }],
    ['bytes=-3', { start: 7, end: 10 }],
    ['bytes=8-99', { start: 8, end: 10 }],
    ['bytes=10-12', null],
    ['bytes=-', null],
    ['bytes=0-1,4-5', null],
    ['lines=0-1', null],
    [null, null],
  ])('%s', (header, expected) => {
    expect(rangeOf(header, 10)).toEqual(expected);
  });

  it('is answered as hosts answer it', async () => {
    const answer = await partOf(new Response('0123456789'), 'bytes=2-4');
    expect([answer.status, answer.headers.get('Content-Range'), await answer.text()]).toEqual([
      206,
      'bytes 2-4/10',
      '234',
    ]);
    const beyond = await partOf(new Response('0123456789'), 'bytes=20-');
    expect([beyond.status, beyond.headers.get('Content-Range')]).toEqual([416, 'bytes */10']);
  });
});
