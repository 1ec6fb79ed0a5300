import { beforeEach, describe, expect, it, vi } from 'vitest';

import { runStore } from '../run/controller.ts';
import { endText, notifyStore, switchNotifications, tellWhenDone, unseenStore } from './notify.ts';
import { queueStore } from '../queue/queue-store.ts';
import type { ActiveRun, RunState } from '../run/run-state.ts';

const forming = { kind: 'running' } as unknown as ActiveRun;
const done = (pictures = 1): RunState => ({ kind: 'done', summary: { pictures } }) as unknown as RunState;
const failed = { kind: 'failed', error: { code: 'cancelled', message: '' } } as unknown as RunState;

/** A page that can be hidden and shown. */
class Page extends EventTarget {
  visibilityState: DocumentVisibilityState = 'hidden';

  show(): void {
    this.visibilityState = 'visible';
    this.dispatchEvent(new Event('visibilitychange'));
  }
}

const told: string[] = [];
const browser = vi.fn(function (title: string) {
  told.push(title);
});
const allow = (permission: NotificationPermission) =>
  Object.assign(browser, { permission, requestPermission: () => Promise.resolve(permission) });
vi.stubGlobal('Notification', allow('granted'));
vi.stubGlobal('document', { baseURI: 'https://pinword.example/' });
vi.stubGlobal('navigator', { serviceWorker: { getRegistration: () => Promise.resolve(undefined) } });

const page = new Page();
tellWhenDone(page);
const end = async (run: RunState): Promise<void> => {
  runStore.setState({ run: forming });
  runStore.setState({ run });
  await vi.waitFor(() => Promise.resolve());
};

beforeEach(() => {
  told.length = 0;
  page.visibilityState = 'hidden';
  unseenStore.setState({ title: null });
  notifyStore.setState({ isWanted: false });
  queueStore.setState({ jobs: [], running: null, isPaused: false });
});

describe('a picture that ends while the page is not seen', () => {
  it('is told by the tab’s title until the page is seen', async () => {
    await end(done());
    expect(unseenStore.getState().title).toBe('The picture is done');
    page.show();
    expect(unseenStore.getState().title).toBeNull();
    expect(told).toEqual([]);
  });

  it('is told by a notification where that was asked for', async () => {
    await switchNotifications();
    expect(notifyStore.getState().isWanted).toBe(true);
    await end(done(4));
    await vi.waitFor(() => {
      expect(told).toEqual(['Pinword: 4 pictures are done.']);
    });
    await switchNotifications();
    expect(notifyStore.getState().isWanted).toBe(false);
  });

  it('is told by the title alone where the browser allows no notifications', async () => {
    allow('denied');
    await switchNotifications();
    allow('granted');
    await end(failed);
    expect([unseenStore.getState().title, told.length]).toEqual(['The picture could not be made', 0]);
  });
});

it('a picture that ends before one’s eyes is not told of', async () => {
  page.visibilityState = 'visible';
  notifyStore.setState({ isWanted: true });
  await end(done());
  expect([unseenStore.getState().title, told.length]).toEqual([null, 0]);
});

it.each([
  [done(), 2, null],
  [done(2), 0, '2 pictures are done'],
  [failed, 2, 'The picture could not be made'],
  [{ kind: 'idle' } satisfies RunState, 0, null],
])('what is said when a run ends', (run, waiting, text) => {
  expect(endText(run, waiting)).toBe(text);
});
