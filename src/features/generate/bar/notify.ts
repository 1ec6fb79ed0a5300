/** Tells of finished pictures where the page is not seen: by the tab's title, and by a notification where that was asked for. */
import * as z from 'zod';
import { createStore } from 'zustand/vanilla';
import type { Slice } from '../../../storage/slice.ts';
import { toast } from '../../../ui/toast.ts';
import { queueStore } from '../queue/queue-store.ts';
import { runStore } from '../run/controller.ts';
import { isActive, type RunState } from '../run/run-state.ts';

const notifySchema = z.object({ isWanted: z.boolean() });
type Notify = z.infer<typeof notifySchema>;

export const notifySlice: Slice<Notify> = { key: 'notify', version: 1, schema: notifySchema, migrations: {} };
export const notifyStore = createStore<Notify>(() => ({ isWanted: false }));

/** How the last picture ended while the page was not seen; null once it is seen. */
export const unseenStore = createStore<{ readonly title: string | null }>(() => ({ title: null }));

export function canNotify(): boolean {
  return 'Notification' in globalThis && Notification.permission !== 'denied';
}

/** Asks the browser for leave, at the press of the person's own button. */
export async function switchNotifications(): Promise<void> {
  if (notifyStore.getState().isWanted) {
    notifyStore.setState({ isWanted: false });
    return;
  }
  const answer = await Notification.requestPermission();
  notifyStore.setState({ isWanted: answer === 'granted' });
  if (answer === 'granted') toast('A notification will come when the pictures are done and this page is not in view.');
  else toast('The browser does not allow notifications for this page. The tab’s title still tells.');
}

/** What is said of a run that ended; null where there is nothing to say. @param waiting jobs that are still to be made */
export function endText(run: RunState, waiting: number): string | null {
  if (run.kind === 'failed') return 'The picture could not be made';
  if (run.kind !== 'done' || waiting > 0) return null;
  return run.summary.pictures === 1 ? 'The picture is done' : `${run.summary.pictures} pictures are done`;
}

/** @param page the document; tests give their own */
export function tellWhenDone(page: Pick<Document, 'visibilityState' | 'addEventListener'>): void {
  runStore.subscribe(({ run }, before) => {
    if (!isActive(before.run) || isActive(run) || page.visibilityState === 'visible') return;
    const { jobs, running, isPaused } = queueStore.getState();
    const text = endText(run, isPaused ? 0 : jobs.filter(({ id }) => id !== running).length);
    if (text === null) return;
    unseenStore.setState({ title: text });
    if (notifyStore.getState().isWanted) void notify(text);
  });
  page.addEventListener('visibilitychange', () => {
    if (page.visibilityState === 'visible') unseenStore.setState({ title: null });
  });
}

/** Phones take notifications from service workers alone. */
async function notify(text: string): Promise<void> {
  if (!canNotify()) return;
  const options = { tag: 'done', icon: new URL('icons/pin.svg', document.baseURI).href };
  try {
    const registration = await navigator.serviceWorker.getRegistration();
    if (registration?.active != null) await registration.showNotification(`Pinword: ${text}.`, options);
    else new Notification(`Pinword: ${text}.`, options);
  } catch {
    // The title tells.
  }
}
