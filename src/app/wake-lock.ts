/** Keeps the screen on while a picture forms or a model loads for one: phones put a page to sleep with the screen. */
import { runStore } from '../features/generate/run/controller.ts';
import { isActive } from '../features/generate/run/run-state.ts';

type Locks = Pick<WakeLock, 'request'>;

/** The part of Document that matters; tests give their own. */
type Visible = Pick<Document, 'visibilityState' | 'addEventListener' | 'removeEventListener'>;

/** @param locks undefined in browsers without them. @returns what ends it */
export function keepScreenOn(locks: Locks | undefined, page: Visible): () => void {
  if (locks === undefined) return () => undefined;
  let held: Promise<WakeLockSentinel | null> | null = null;
  const follow = (): void => {
    const isWanted = isActive(runStore.getState().run) && page.visibilityState === 'visible';
    // The browser takes the lock back when the page is hidden: it is asked for again when the page is seen.
    if (isWanted) held ??= locks.request('screen').catch(() => null);
    else {
      void held?.then((lock) => lock?.release());
      held = null;
    }
  };
  const leave = runStore.subscribe(follow);
  page.addEventListener('visibilitychange', follow);
  return () => {
    leave();
    page.removeEventListener('visibilitychange', follow);
  };
}
