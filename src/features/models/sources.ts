import * as z from 'zod';
import type { ModelSource } from '../../../workers/api.ts';

/** The hub that repositories come from unless another one is named. */
const hubEndpoint = 'https://huggingface.co';
export const suggestedRepo = 'stable-diffusion-v1-5/stable-diffusion-v1-5';
const defaultRevision = 'main';

/** Sources that can be named again after a reload; files and folders are handed over by the person each time. */
export const lastingSourceSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('embedded') }),
  z.object({ kind: z.literal('url'), baseUrl: z.url() }),
  z.object({ kind: z.literal('hub'), repo: z.string().min(1), revision: z.string().min(1), endpoint: z.url() }),
]);
export type LastingSource = z.infer<typeof lastingSourceSchema>;

export function lastingSource(source: ModelSource): LastingSource {
  return source.kind === 'folder' || source.kind === 'single-file' ? { kind: 'embedded' } : source;
}

/** What a person would call it. */
export function sourceName(source: ModelSource): string {
  switch (source.kind) {
    case 'embedded':
      return 'Picture book';
    case 'url': {
      const { hostname, pathname } = new URL(source.baseUrl);
      return pathname.split('/').findLast((part) => part !== '') ?? hostname;
    }
    case 'hub':
      return source.repo;
    case 'folder':
      return source.name;
    case 'single-file':
      return source.file.name;
  }
}

const repoPattern = /^[\w.-]+\/[\w.-]+$/u;

/**
 * "owner/name", "owner/name@revision", or the address of the repository's page.
 * @returns null where it names no repository
 */
export function parseHub(text: string): Extract<ModelSource, { kind: 'hub' }> | null {
  const trimmed = text.trim();
  const url = /^https?:/u.test(trimmed) ? URL.parse(trimmed) : null;
  if (url !== null) {
    const [owner = '', name = '', tree, revision] = url.pathname.split('/').filter((part) => part !== '');
    const repo = `${owner}/${name}`;
    if (!repoPattern.test(repo)) return null;
    const named = tree === 'tree' && revision !== undefined ? decodeURIComponent(revision) : defaultRevision;
    return { kind: 'hub', repo, revision: named, endpoint: url.origin };
  }
  const [repo = '', revision = defaultRevision] = trimmed.split('@');
  return repoPattern.test(repo) && revision !== '' ? { kind: 'hub', repo, revision, endpoint: hubEndpoint } : null;
}

/** @returns null where it is not an http or https address */
export function parseBaseUrl(text: string, page: string): Extract<ModelSource, { kind: 'url' }> | null {
  const url = text.trim() === '' ? null : URL.parse(text.trim(), page);
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) return null;
  if (!url.pathname.endsWith('/')) url.pathname += '/';
  return { kind: 'url', baseUrl: url.href };
}

/** A chosen folder: paths relative to it, without its own name. @returns null where it is empty */
export function folderSource(files: readonly File[]): Extract<ModelSource, { kind: 'folder' }> | null {
  const [first] = files;
  if (first === undefined) return null;
  const name = first.webkitRelativePath.split('/')[0] ?? '';
  return {
    kind: 'folder',
    name: name === '' ? 'Folder' : name,
    files: files.map((file) => ({ path: file.webkitRelativePath.slice(name.length + 1), file })),
  };
}
