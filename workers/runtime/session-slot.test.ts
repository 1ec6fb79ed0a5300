import { describe, expect, it } from 'vitest';

import { SessionSlot } from './session-slot.ts';
import type { Session } from './sessions.ts';

/** Opens sessions that are told apart by number, and counts those that are open. */
class Sessions {
  opened = 0;
  readonly live = new Set<number>();
  mostAtOnce = 0;

  readonly open = async (): Promise<Session> => {
    const number = ++this.opened;
    await Promise.resolve();
    this.live.add(number);
    this.mostAtOnce = Math.max(this.mostAtOnce, this.live.size);
    const release = async (): Promise<void> => {
      await Promise.resolve();
      this.live.delete(number);
    };
    return { inference: Object.create(null) as Session['inference'], gpu: null, release };
  };
}

describe('a session slot', () => {
  it('opens one session for those who ask for it at once', async () => {
    const sessions = new Sessions();
    const slot = new SessionSlot();
    const [first, second] = await Promise.all([slot.get('a', sessions.open), slot.get('a', sessions.open)]);
    expect(first).toBe(second);
    await slot.release();
    expect([sessions.opened, sessions.live.size]).toEqual([1, 0]);
  });

  it('releases a session that is still being opened', async () => {
    const sessions = new Sessions();
    const slot = new SessionSlot();
    const opening = slot.get('a', sessions.open);
    await slot.release();
    await opening;
    expect([sessions.opened, sessions.live.size]).toEqual([1, 0]);
  });

  it('replaces a session for another key, and never holds two', async () => {
    const sessions = new Sessions();
    const slot = new SessionSlot();
    await Promise.all([slot.get('a', sessions.open), slot.get('b', sessions.open)]);
    void slot.release();
    await slot.get('a', sessions.open);
    expect([sessions.opened, [...sessions.live], sessions.mostAtOnce]).toEqual([3, [3], 1]);
  });

  it('tries again after a session could not be opened', async () => {
    const sessions = new Sessions();
    const slot = new SessionSlot();
    await expect(slot.get('a', () => Promise.reject(new Error('no memory')))).rejects.toThrow('no memory');
    await slot.get('a', sessions.open);
    expect(sessions.live.size).toBe(1);
  });
});
