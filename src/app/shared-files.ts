/** Files that come from outside the page: shared by another app, or opened with the installed one. */
import { sharedCacheName, sharedNameHeader, shareTarget } from '../../workers/api.ts';
import { siteName } from '../storage/site-name.ts';
import { toast } from '../ui/toast.ts';

/** What is done with files that are dropped on the page. */
type Take = (files: readonly File[]) => Promise<void>;

/** What the service worker said of a share that opened this page; null where none did. */
export function shareAnswer(address: string): string | null {
  return new URL(address).searchParams.get(shareTarget.parameter);
}

/** Takes what was shared, by one page alone. @param root address of the site's root, with a slash */
export async function takeShared(
  take: Take,
  root: string,
  storage: Pick<CacheStorage, 'has' | 'open'>,
  locks: Pick<LockManager, 'request'>,
): Promise<void> {
  const name = sharedCacheName(root);
  if (!(await storage.has(name))) return;
  const files = await locks.request(siteName('pinword-shared'), async () => takeOut(await storage.open(name)));
  if (files.length > 0) await take(files);
}

async function takeOut(cache: Cache): Promise<readonly File[]> {
  const files: File[] = [];
  for (const key of await cache.keys()) {
    const kept = await cache.match(key);
    if (kept === undefined) continue;
    const type = kept.headers.get('Content-Type') ?? '';
    const name = decodeURIComponent(kept.headers.get(sharedNameHeader) ?? '');
    files.push(new File([await kept.arrayBuffer()], name, { type }));
    // Before it is looked at: what a page cannot bear must not meet the next one too.
    await cache.delete(key);
  }
  return files;
}

/** Says what became of a share that is not here. */
export function tellShare(answer: string | null): void {
  if (answer === 'none') toast.warning('What was shared holds no picture.');
  if (answer === 'full')
    toast.error('There was no room to keep all that was shared. Make room on this device, then share it again.');
}

interface Launch {
  readonly files?: readonly Pick<FileSystemFileHandle, 'getFile' | 'name'>[];
}

/** Browsers that open files with installed apps have one; see the manifest's file_handlers. */
interface LaunchQueue {
  setConsumer(consumer: (launch: Launch) => void): void;
}

export function launchQueueOf(window: object): LaunchQueue | null {
  return (window as { readonly launchQueue?: LaunchQueue }).launchQueue ?? null;
}

/** Takes files that are opened with the installed app, as if they were dropped. */
export function takeLaunched(queue: LaunchQueue | null, take: Take): void {
  queue?.setConsumer(({ files: handles = [] }) => {
    void openAll(handles).then((files) => (files.length > 0 ? take(files) : undefined));
  });
}

async function openAll(handles: NonNullable<Launch['files']>): Promise<readonly File[]> {
  const files: File[] = [];
  for (const handle of handles) {
    try {
      files.push(await handle.getFile());
    } catch {
      toast.error(`${handle.name} could not be read. Drop it on the page instead.`);
    }
  }
  return files;
}
