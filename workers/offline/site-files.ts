/** Which files of the site are kept for use without a network, and under which keys. */

/** A file of the built site, and the SHA-256 of its bytes in hex. */
export interface SiteFile {
  /** Relative to the site's root. */
  readonly path: string;
  readonly sha256: string;
}

/** What is not the page itself, and large: it is kept once it was used, or when the page asks for it. */
const large = /\.wasm$|^models\/|^tokenizers\//u;
/** Pages for people that the site never asks for. */
const neverAsked = /^models\/picturebook\/images\/|\.md$|^third-party-notices\.txt$/u;

/** What a new version must have before it can take over: the page, its scripts and styles. */
export function isCore({ path }: SiteFile): boolean {
  return !large.test(path) && !neverAsked.test(path);
}

/**
 * What the site works with when there is no network: the page, the model that it ships, CLIP's vocabulary, and the runtime
 * of this browser. Other models lie in OPFS, and are never kept here.
 * @param canSuspend whether the browser can suspend wasm, which decides between two builds of ONNX Runtime
 */
export function isKept(file: SiteFile, canSuspend: boolean): boolean {
  if (neverAsked.test(file.path)) return false;
  if (!file.path.endsWith('.wasm')) return true;
  return file.path.includes('.jspi') === canSuspend;
}

/** The file that an address means; the root means the page. @param root address of the site's root, with a slash */
export function fileOf(files: readonly SiteFile[], root: string, address: string): SiteFile | undefined {
  const { origin, pathname } = new URL(address);
  const place = new URL(root);
  if (origin !== place.origin || !pathname.startsWith(place.pathname)) return undefined;
  const path = decodeURIComponent(pathname.slice(place.pathname.length));
  return files.find((file) => file.path === (path === '' ? 'index.html' : path));
}

/** Whether an address is in the folder of the model that the site ships. */
export function isOfShippedModel(root: string, address: string): boolean {
  return address.startsWith(`${root}models/picturebook`);
}

/** Another version of a file has another key, so that one cache serves two versions while one takes over. */
export function keyOf({ path, sha256 }: SiteFile, root: string): string {
  return `${new URL(path, root).href}?sha256=${sha256}`;
}
