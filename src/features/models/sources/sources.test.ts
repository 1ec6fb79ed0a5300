import { describe, expect, it } from 'vitest';
import { folderSource, lastingSource, parseBaseUrl, parseHub, singleFileSource, sourceName } from './sources.ts';

describe('a repository of the hub', () => {
  it.each([
    ['owner/name', 'owner/name', 'main', 'https://huggingface.co'],
    [' owner/name@fp16 ', 'owner/name', 'fp16', 'https://huggingface.co'],
    ['https://huggingface.co/owner/na.me-1', 'owner/na.me-1', 'main', 'https://huggingface.co'],
    ['https://hub.example.org/owner/name/tree/refs%2Fpr%2F1', 'owner/name', 'refs/pr/1', 'https://hub.example.org'],
    ['https://huggingface.co/owner/name/tree/refs/pr/3', 'owner/name', 'refs/pr/3', 'https://huggingface.co'],
    ['https://huggingface.co/owner/name/tree/refs/pr/3/unet', 'owner/name', 'refs/pr/3', 'https://huggingface.co'],
    ['https://huggingface.co/owner/name/tree/fp16/unet', 'owner/name', 'fp16', 'https://huggingface.co'],
    ['https://huggingface.co/owner/name/tree', 'owner/name', 'main', 'https://huggingface.co'],
    ['https://huggingface.co/owner/name/blob/main/unet/config.json', 'owner/name', 'main', 'https://huggingface.co'],
    ['https://huggingface.co/owner/name/blob/fp16/unet/config.json', 'owner/name', 'fp16', 'https://huggingface.co'],
    [
      'https://huggingface.co/owner/name/resolve/refs%2Fpr%2F1/unet/config.json',
      'owner/name',
      'refs/pr/1',
      'https://huggingface.co',
    ],
    ['https://huggingface.co/owner/name/discussions', 'owner/name', 'main', 'https://huggingface.co'],
  ])('is read from %s', (text, repo, revision, endpoint) => {
    expect(parseHub(text)).toEqual({ kind: 'hub', repo, revision, endpoint });
  });

  it.each([
    '',
    'name',
    'a/b/c',
    'owner/name@',
    'owner /name',
    'https://huggingface.co/owner',
    'javascript:alert(1)',
    'https://huggingface.co/owner/name/tree/100%',
  ])('is not read from “%s”', (text) => {
    expect(parseHub(text)).toEqual({ problem: expect.stringMatching(/^Enter a repository/u) as string });
  });

  it('is refused with a password in it', () => {
    expect(parseHub('https://me:secret@hub.example/owner/name')).toEqual({
      problem: expect.stringMatching(/without a user name or password/u) as string,
    });
  });
});

describe('an address', () => {
  it('gets a slash at the end and may be relative to the page', () => {
    expect(parseBaseUrl('https://example.org/a/b', 'https://x.org/')).toEqual({
      kind: 'url',
      baseUrl: 'https://example.org/a/b/',
    });
    expect(parseBaseUrl('models/m/', 'https://x.org/app/')).toEqual({
      kind: 'url',
      baseUrl: 'https://x.org/app/models/m/',
    });
  });

  it('loses a fragment, which no server sees', () => {
    expect(parseBaseUrl('https://example.org/a#files', 'https://x.org/')).toEqual({
      kind: 'url',
      baseUrl: 'https://example.org/a/',
    });
  });

  it.each([
    ['', /http/u],
    ['ftp://a/b', /http/u],
    ['file:///etc', /http/u],
    ['https://example.org/m?token=abc', /without “\?”/u],
    ['https://me:secret@example.org/m', /without a user name or password/u],
    ['//me@example.org/m', /without a user name or password/u],
  ])('is refused with a reason: “%s”', (text, reason) => {
    expect(parseBaseUrl(text, 'https://x.org/')).toEqual({ problem: expect.stringMatching(reason) as string });
  });
});

describe('a folder', () => {
  const file = (path: string): File => Object.defineProperty(new File([], path), 'webkitRelativePath', { value: path });

  it('gives paths relative to itself', () => {
    const source = folderSource([file('my-model/model_index.json'), file('my-model/unet/config.json')]);
    expect(source?.name).toBe('my-model');
    expect(source?.files.map(({ path }) => path)).toEqual(['model_index.json', 'unet/config.json']);
  });

  it('is nothing without files', () => {
    expect(folderSource([])).toBeNull();
  });
});

describe('a source', () => {
  it('has a name that a person would use', () => {
    expect(sourceName({ kind: 'embedded' })).toBe('Picture book');
    expect(sourceName({ kind: 'url', baseUrl: 'https://example.org/models/tiny/' })).toBe('tiny');
    expect(sourceName({ kind: 'url', baseUrl: 'https://example.org/' })).toBe('example.org');
    expect(sourceName({ kind: 'single-file', file: new File([], 'dream.safetensors') })).toBe('dream.safetensors');
  });

  it('that cannot be named again is forgotten at a reload', () => {
    expect(lastingSource({ kind: 'single-file', file: new File([], 'a') })).toEqual({ kind: 'embedded' });
    expect(lastingSource({ kind: 'url', baseUrl: 'https://a/' })).toEqual({ kind: 'url', baseUrl: 'https://a/' });
  });
});

describe('a single file', () => {
  const file = new File([], 'dream.v2.safetensors');

  it('brings the .yaml of its own name, and no other', () => {
    const config = new File([], 'dream.v2.yaml');
    expect(singleFileSource(file, [new File([], 'other.yaml'), file, config])).toEqual({
      kind: 'single-file',
      file,
      config,
    });
    expect(singleFileSource(file, [file, new File([], 'dream.yaml')])).toEqual({ kind: 'single-file', file });
  });
});
