/** The service worker's side of what other apps share. */
import { sharedCacheName, sharedNameHeader, shareTarget, type ShareAnswer } from '../contract/share-target.ts';

/** Whether a request brings what another app shares. @param root address of the site's root, with a slash */
export function isShare({ method, url }: Pick<Request, 'method' | 'url'>, root: string): boolean {
  const { origin, pathname } = new URL(url);
  return method === 'POST' && `${origin}${pathname}` === new URL(shareTarget.path, root).href;
}

/** Keeps the files, and opens the page, which takes them. */
export async function takeShare(
  request: Request,
  root: string,
  storage: Pick<CacheStorage, 'open'>,
): Promise<Response> {
  const page = new URL(root);
  page.searchParams.set(shareTarget.parameter, await keepShared(request, root, storage));
  return Response.redirect(page.href, 303);
}

async function keepShared(request: Request, root: string, storage: Pick<CacheStorage, 'open'>): Promise<ShareAnswer> {
  const form = await request.formData().catch(() => new FormData());
  const files = form.getAll(shareTarget.field).filter((value) => value instanceof File && value.size > 0);
  if (files.length === 0) return 'none';
  try {
    const cache = await storage.open(sharedCacheName(root));
    for (const file of files) {
      if (!(file instanceof File)) continue;
      const key = new URL(`${shareTarget.path}/${crypto.randomUUID()}`, root).href;
      const headers = { 'Content-Type': file.type, [sharedNameHeader]: encodeURIComponent(file.name) };
      await cache.put(key, new Response(file, { headers }));
    }
    return 'kept';
  } catch {
    return 'full';
  }
}
