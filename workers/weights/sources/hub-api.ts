import * as z from 'zod';
import { parseJsonText } from '../../checkpoint/json/json-file.ts';
import { PinwordError } from '../../errors.ts';
import { sha256OfText } from './hashes.ts';
import { hostOf, type HttpOptions, request, statusError } from './http.ts';

export interface HubLocation {
  /** Origin of the hub, e.g. "https://huggingface.co". */
  readonly endpoint: string;
  /** "owner/name". */
  readonly repo: string;
  /** Branch, tag or commit. */
  readonly revision: string;
}

/** What the hub knows about one revision of a repository. */
export interface HubListing {
  readonly commit: string;
  readonly licence: string | null;
  /** SHA-256 in hex by path; null for files that are not kept by LFS. */
  readonly files: ReadonlyMap<string, string | null>;
  /** Names the content of all files that a loader could read: equal in commits that differ only in others, e.g. the card. */
  readonly content: string | null;
}

/** Configs, tokenizers and weights. */
const readable = /\.(json|txt|safetensors|bin)$/;

const listingSchema = z.object({
  sha: z.string().regex(/^[0-9a-f]{7,64}$/),
  cardData: z.object({ license: z.union([z.string(), z.array(z.string())]).nullish() }).nullish(),
  siblings: z.array(
    z.object({
      rfilename: z.string(),
      blobId: z.string().nullish(),
      lfs: z.object({ sha256: z.string().regex(/^[0-9a-f]{64}$/) }).nullish(),
    }),
  ),
});

/**
 * Asks the hub's API for a revision's commit and files.
 * @returns null where this endpoint has no such API, as plain mirrors of the files do.
 * @throws PinwordError 'file-not-found' (no such repository or revision) | 'http-status' | 'network' | 'cancelled'
 */
export async function fetchListing(
  { endpoint, repo, revision }: HubLocation,
  options: HttpOptions,
): Promise<HubListing | null> {
  const url = `${endpoint}/api/models/${repo}/revision/${encodeURIComponent(revision)}?blobs=true`;
  const response = await request(url, { headers: { Accept: 'application/json' } }, options);
  if (!response.ok) {
    await response.body?.cancel();
    return refuse(response, { endpoint, repo, revision }, url);
  }
  const listing = listingSchema.safeParse(
    await response
      .text()
      .then(parseJsonText)
      .catch(() => null),
  );
  if (!listing.success) return null;
  const { sha, cardData, siblings } = listing.data;
  const licence = cardData?.license ?? null;
  return {
    commit: sha,
    licence: Array.isArray(licence) ? licence.join(', ') : licence,
    files: new Map(siblings.map(({ rfilename, lfs }) => [rfilename, lfs?.sha256 ?? null])),
    content: await contentOf(siblings),
  };
}

/** @returns null where the hub does not tell the content of every file */
async function contentOf(siblings: z.infer<typeof listingSchema>['siblings']): Promise<string | null> {
  const files = siblings
    .filter(({ rfilename }) => readable.test(rfilename))
    .map(({ rfilename, blobId, lfs }) => ({ rfilename, hash: lfs?.sha256 ?? blobId ?? null }));
  if (files.some(({ hash }) => hash === null)) return null;
  return sha256OfText(
    files
      .map(({ rfilename, hash }) => `${hash} ${rfilename}`)
      .sort()
      .join('\n'),
  );
}

function refuse(response: Response, { endpoint, repo, revision }: HubLocation, url: string): null {
  if (response.status !== 404) throw statusError(response, repo, url);
  if (response.headers.get('X-Error-Code') === null) return null;
  throw new PinwordError(
    'file-not-found',
    `${hostOf(endpoint)} has no model "${repo}" with the revision "${revision}". Check the spelling.`,
  );
}
