import * as z from 'zod';
import { isCompanion, type ModelSource } from '../../../../workers/api.ts';

/** The hub that repositories come from unless another one is named. */
export const hubEndpoint = 'https://huggingface.co';
export const suggestedRepo = 'stable-diffusion-v1-5/stable-diffusion-v1-5';
const defaultRevision = 'main';

const urlSchema = z.object({ kind: z.literal('url'), baseUrl: z.url() });
const hubSchema = z.object({
  kind: z.literal('hub'),
  repo: z.string().min(1),
  revision: z.string().min(1),
  endpoint: z.url(),
});

/** Places that parts of a model come from. */
export const lenderSchema = z.discriminatedUnion('kind', [urlSchema, hubSchema]);

/** Sources that can be named again after a reload; files and folders are handed over by the person each time. */
export const lastingSourceSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('embedded') }),
  urlSchema,
  hubSchema,
]);
export type LastingSource = z.infer<typeof lastingSourceSchema>;

export function lastingSource(source: ModelSource): LastingSource {
  return source.kind === 'folder' || source.kind === 'single-file' ? { kind: 'embedded' } : source;
}

export function isSameSource(a: LastingSource, b: ModelSource): boolean {
  return a.kind === b.kind && JSON.stringify(lastingSourceSchema.parse(a)) === JSON.stringify(lastingSource(b));
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

/** The host that it comes from; null where it comes with the page or from this computer. */
export function sourceHost(source: ModelSource): string | null {
  if (source.kind === 'url') return new URL(source.baseUrl).host;
  return source.kind === 'hub' ? new URL(source.endpoint).host : null;
}

const repoPattern = /^[\w.-]+\/[\w.-]+$/u;

/** Text that names no source, and what to enter instead. */
export interface Misread {
  readonly problem: string;
}

const noRepository: Misread = { problem: 'Enter a repository as “owner/name”, or the address of its page.' };
const noAddress: Misread = { problem: 'Enter an address that begins with http:// or https://.' };
const hasQuery: Misread = {
  problem:
    'Enter the address without “?” and what follows: it names a folder, and a query cannot go with each of its files.',
};

export const hasPassword: Misread = {
  problem:
    'Enter the address without a user name or password: it would be kept here, and read by whoever sees this screen.',
};

const carriesPassword = ({ username, password }: URL): boolean => username !== '' || password !== '';

/** "owner/name", "owner/name@revision", or the address of a page of the repository. */
export function parseHub(text: string): Extract<ModelSource, { kind: 'hub' }> | Misread {
  const trimmed = text.trim();
  const url = /^https?:/u.test(trimmed) ? URL.parse(trimmed) : null;
  if (url !== null) {
    if (carriesPassword(url)) return hasPassword;
    const [owner = '', name = '', page = '', ...rest] = url.pathname.split('/').filter((part) => part !== '');
    const revision = pageKinds.test(page) ? revisionOf(rest) : defaultRevision;
    return repository(`${owner}/${name}`, revision, url.origin);
  }
  const [repo = '', revision = defaultRevision] = trimmed.split('@');
  return repository(repo, revision, hubEndpoint);
}

function repository(repo: string, revision: string | null, endpoint: string): ReturnType<typeof parseHub> {
  return repoPattern.test(repo) && revision !== null && revision !== ''
    ? { kind: 'hub', repo, revision, endpoint }
    : noRepository;
}

/** Pages whose address goes on with a revision, and then with a path. */
const pageKinds = /^(?:tree|blob|resolve|raw)$/u;

/** The hub writes the slashes of a branch's name as %2F; those of refs/pr/3 are also typed. @returns null where it cannot be read */
function revisionOf(parts: readonly string[]): string | null {
  const named = parts[0] === 'refs' ? parts.slice(0, 3).join('/') : (parts[0] ?? defaultRevision);
  try {
    return decodeURIComponent(named);
  } catch {
    return null;
  }
}

/** The base address of a folder in diffusers layout: with a slash at its end, so that paths can be appended. */
export function parseBaseUrl(text: string, page: string): Extract<ModelSource, { kind: 'url' }> | Misread {
  const url = text.trim() === '' ? null : URL.parse(text.trim(), page);
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) return noAddress;
  if (carriesPassword(url)) return hasPassword;
  if (url.search !== '') return hasQuery;
  url.hash = '';
  if (!url.pathname.endsWith('/')) url.pathname += '/';
  return { kind: 'url', baseUrl: url.href };
}

/** Where a part of a model comes from: a repository as parseHub reads it, else the address of a folder. */
export function parsePartSource(text: string, page: string): Extract<ModelSource, { kind: 'hub' | 'url' }> | Misread {
  const hub = parseHub(text);
  return 'problem' in hub && /^https?:/u.test(text.trim()) ? parseBaseUrl(text, page) : hub;
}

/** Whether this is the config that lies beside a single file. */
export function isSingleFileConfig({ name }: Pick<File, 'name'>): boolean {
  return isCompanion(name, 'checkpoint');
}

/** A checkpoint file, with the .yaml of the same name where one was given along: some predict v, and only that says so. */
export function singleFileSource(file: File, given: readonly File[]): Extract<ModelSource, { kind: 'single-file' }> {
  const baseName = (name: string): string => name.replace(/\.[^.]*$/u, '');
  const config = given.find((other) => isSingleFileConfig(other) && baseName(other.name) === baseName(file.name));
  return { kind: 'single-file', file, ...(config === undefined ? {} : { config }) };
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
