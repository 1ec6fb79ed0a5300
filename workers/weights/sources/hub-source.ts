import { openHttpFile } from './http-file.ts';
import { fetchListing, type HubLocation } from './hub-api.ts';
import { type HttpFileOptions, request } from './http.ts';
import { HtmlAnswers, licenceOf, type SourceFiles } from './source-files.ts';
import { encodePath } from './url-source.ts';

export interface HubFiles extends SourceFiles {
  readonly identity: string;
  /** The commit that all files come from; the revision itself where the hub does not tell. */
  readonly commit: string;
  /** See HubListing.content. */
  readonly content: string | null;
}

/** Names one commit of a repository for storage. */
export function hubIdentity({ endpoint, repo, revision }: HubLocation): string {
  return `hub:${endpoint.replace(/(?<!\/)\/+$/, '')}/${repo}@${revision}`;
}

/**
 * A repository of a model hub. The revision is resolved to a commit once, so that all files are of one version.
 * @throws PinwordError 'file-not-found' | 'http-status' | 'network' | 'cancelled'
 */
export async function openHub(location: HubLocation, options: HttpFileOptions): Promise<HubFiles> {
  const endpoint = location.endpoint.replace(/(?<!\/)\/+$/, '');
  const { repo } = location;
  const listing = await fetchListing({ ...location, endpoint }, options);
  const commit = listing?.commit ?? (await commitOfMirror({ ...location, endpoint }, options));
  const html = new HtmlAnswers();
  const files: HubFiles = {
    name: repo,
    identity: hubIdentity({ endpoint, repo, revision: commit }),
    commit,
    content: listing?.content ?? null,
    find: async (path) => {
      const known = listing?.files.get(path);
      if (listing !== null && known === undefined) return null;
      const url = resolveUrl({ endpoint, repo, revision: commit }, path);
      const file = await openHttpFile(path, url, { ...options, sha256: known ?? null });
      if (file !== 'html') return file;
      html.add(path);
      return null;
    },
    licence: () => (listing === null ? licenceOf(files) : Promise.resolve(listing.licence)),
    whyMissing: (path) => html.whyMissing(path),
    storedInstead: () => null,
  };
  return files;
}

/** A commit is immutable, so its files need no If-Range (which the Hub's CDN does not allow other origins to send). */
function resolveUrl({ endpoint, repo, revision }: HubLocation, path: string): string {
  return `${endpoint}/${repo}/resolve/${encodeURIComponent(revision)}/${encodePath(path)}`;
}

/** Where there is no API, the answer for a small file names the commit. */
async function commitOfMirror(location: HubLocation, options: HttpFileOptions): Promise<string> {
  const response = await request(resolveUrl(location, 'model_index.json'), { method: 'HEAD' }, options);
  return response.headers.get('X-Repo-Commit') ?? location.revision;
}
