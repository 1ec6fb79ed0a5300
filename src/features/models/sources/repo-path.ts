/** A file or folder of a repository, or behind an address, as a person types it. */
import { isWeightFile } from '../../../../workers/api.ts';
import type * as z from 'zod';
import { parseBaseUrl, parseHub, type lenderSchema, type Misread } from './sources.ts';

export interface RepoPath {
  readonly source: z.infer<typeof lenderSchema>;
  /** With folders; null where only the repository was named. */
  readonly path: string | null;
}

const isAddress = (text: string): boolean => /^https?:/u.test(text);

/**
 * "owner/name", "owner/name/folder/file.safetensors", the address of a page of the hub, or that of a file on any server.
 * @param page address that relative ones are read against
 */
export function parseRepoPath(text: string, page: string): RepoPath | Misread {
  const trimmed = text.trim();
  return isAddress(trimmed) ? parseAddress(trimmed, page) : parseName(trimmed);
}

function parseName(text: string): RepoPath | Misread {
  const [owner = '', name = '', ...rest] = text.split('/');
  const source = parseHub(`${owner}/${name}`);
  if ('problem' in source) return source;
  return { source, path: rest.length === 0 ? null : rest.join('/') };
}

function decodedPath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/** Addresses of the hub's pages name the path behind the revision: owner/name/blob/main/folder/file. */
const hubPage = /^\/[^/]+\/[^/]+(?:\/(?:blob|resolve|tree|raw)\/(?:refs\/[^/]+\/[^/]+|[^/]+)(?:\/(?<path>.+?))?)?\/?$/u;

function parseAddress(text: string, page: string): RepoPath | Misread {
  const url = URL.parse(text);
  const last = decodedPath(url?.pathname.split('/').at(-1) ?? '');
  const inHub = url === null ? null : hubPage.exec(url.pathname);
  const path = inHub?.groups?.['path'];
  // Two folders and a file may be anywhere; a repository has no weights in its place.
  if (inHub !== null && (path !== undefined || !isWeightFile(last))) {
    const source = parseHub(text);
    return 'problem' in source ? source : { source, path: path === undefined ? null : decodedPath(path) };
  }
  const hasQuery = url !== null && url.search !== '';
  const folder = parseBaseUrl(hasQuery ? text : text.slice(0, text.lastIndexOf('/') + 1), page);
  return 'problem' in folder ? folder : { source: folder, path: last === '' ? null : last };
}
