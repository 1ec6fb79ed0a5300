/**
 * The site without a network, the headers of an isolated page where the host cannot send them, and what other apps share.
 * It answers for the site's own files alone: what comes from elsewhere, models above all, it does not touch.
 */
import { isolated, partOf, wholeFile, withoutBody } from './answers.ts';
import { isShare, takeShare } from './share-target.ts';
import { fileOf, isCore, isKept, isOfShippedModel, keyOf, type SiteFile } from './site-files.ts';

/** Of this build, put in when it was made. */
declare const siteFiles: readonly SiteFile[];
const files = siteFiles;

const worker = globalThis as unknown as ServiceWorkerGlobalScope;
const root = worker.registration.scope;
const cacheName = `pinword ${root}`;

async function keep(cache: Cache, file: SiteFile, signal: AbortSignal | null = null): Promise<void> {
  const key = keyOf(file, root);
  if ((await cache.match(key)) !== undefined) return;
  const answer = await fetch(new URL(file.path, root), { cache: 'no-cache', signal });
  if (!answer.ok) throw new Error(`${file.path}: ${answer.status}`);
  const bytes = await answer.arrayBuffer();
  // While a new version is being put on the host, old and new files are served side by side.
  if ((await sha256(bytes)) !== file.sha256) throw new Error(`${file.path} is of another version`);
  await cache.put(key, wholeFile(bytes, answer.headers));
}

async function sha256(bytes: ArrayBuffer): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** A new version takes over with all of the page, or not at all. The first one has nothing to take over from. */
async function install(): Promise<void> {
  if (worker.registration.active === null) {
    await worker.skipWaiting();
    return;
  }
  const cache = await caches.open(cacheName);
  for (const file of files.filter(isCore)) await keep(cache, file);
}

async function activate(): Promise<void> {
  const cache = await caches.open(cacheName);
  const keys = new Set(files.map((file) => keyOf(file, root)));
  for (const { url } of await cache.keys()) if (!keys.has(url)) await cache.delete(url);
  await worker.clients.claim();
}

/** Ends what is being kept. */
let stop = new AbortController();

let keeping: Promise<void> | null = null;

/** One at a time: another would fetch again what the first is fetching. */
function keepAllOnce(): Promise<void> {
  keeping ??= keepAll().finally(() => (keeping = null));
  return keeping;
}

/** What fails is tried again when the page asks again. */
async function keepAll(): Promise<void> {
  if (stop.signal.aborted) stop = new AbortController();
  const { signal } = stop;
  const canSuspend = 'Suspending' in WebAssembly;
  const cache = await caches.open(cacheName);
  for (const file of files.filter((each) => isKept(each, canSuspend))) {
    if (signal.aborted) return;
    await keep(cache, file, signal).catch(() => undefined);
  }
}

async function answer(request: Request, file: SiteFile | undefined): Promise<Response> {
  const kept = file === undefined ? undefined : await (await caches.open(cacheName)).match(keyOf(file, root));
  if (kept !== undefined)
    return isolated(request.method === 'HEAD' ? withoutBody(kept) : await partOf(kept, request.headers.get('Range')));
  try {
    return isolated(await fetch(request));
  } catch (error) {
    // Without a network, a file that the shipped model does not have is missing, as the host would say.
    if (file === undefined && isOfShippedModel(root, request.url)) return new Response(null, { status: 404 });
    throw error;
  }
}

worker.addEventListener('install', (event) => {
  event.waitUntil(install());
});

worker.addEventListener('activate', (event) => {
  event.waitUntil(activate());
});

worker.addEventListener('message', (event) => {
  if (event.data === 'keep') event.waitUntil(keepAllOnce());
  if (event.data === 'do you take shares?') event.ports[0]?.postMessage('yes');
  if (event.data === 'take over') event.waitUntil(worker.skipWaiting());
  // A version takes over once the one before has ended all that it began.
  if (event.data === 'give way') stop.abort();
});

worker.addEventListener('fetch', (event) => {
  const { request } = event;
  if (isShare(request, root)) {
    event.respondWith(takeShare(request, root, caches));
    return;
  }
  if ((request.method !== 'GET' && request.method !== 'HEAD') || !request.url.startsWith(root)) return;
  // Only the browser itself may ask in this way.
  if (request.cache === 'only-if-cached' && request.mode !== 'same-origin') return;
  event.respondWith(answer(request, fileOf(files, root, request.url)));
});
