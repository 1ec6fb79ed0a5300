import { describe, expect, it } from 'vitest';
import { parseRepoPath } from './repo-path.ts';

const page = 'https://pinword.example/';
const hub = { kind: 'hub', endpoint: 'https://huggingface.co', revision: 'main' };
const adapters = { ...hub, repo: 'h94/IP-Adapter' };
const plus = 'models/ip-adapter-plus_sd15.safetensors';

describe('a file of a repository', () => {
  it.each([
    [`h94/IP-Adapter/${plus}`, adapters, plus],
    [` h94/IP-Adapter `, adapters, null],
    [`https://huggingface.co/h94/IP-Adapter/blob/main/${plus}`, adapters, plus],
    [`https://huggingface.co/h94/IP-Adapter/resolve/refs/pr/3/${plus}`, { ...adapters, revision: 'refs/pr/3' }, plus],
    ['https://huggingface.co/h94/IP-Adapter/tree/main/models/image_encoder', adapters, 'models/image_encoder'],
    ['https://huggingface.co/h94/IP-Adapter', adapters, null],
    [
      'http://127.0.0.1:8000/someone/look/blob/main/a%20b.bin',
      { ...hub, endpoint: 'http://127.0.0.1:8000', repo: 'someone/look' },
      'a b.bin',
    ],
    [
      'https://example.org/a/b/c/look.safetensors',
      { kind: 'url', baseUrl: 'https://example.org/a/b/c/' },
      'look.safetensors',
    ],
    [
      'https://example.org/models/look.safetensors',
      { kind: 'url', baseUrl: 'https://example.org/models/' },
      'look.safetensors',
    ],
  ])('%s', (text, source, path) => {
    expect(parseRepoPath(text, page)).toEqual({ source, path });
  });

  it.each(['', 'h94', 'h94/', 'https://user:secret@example.org/a/b/c/look.bin', 'https://example.org/a/b/c/x.bin?y=1'])(
    'is not read out of “%s”',
    (text) => {
      expect(parseRepoPath(text, page)).toHaveProperty('problem');
    },
  );
});
