import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { browserStorage } from './browser-storage.ts';

type Granted = (lock: object | null) => Promise<unknown>;
interface LockOptions {
  readonly signal?: AbortSignal;
  readonly ifAvailable?: boolean;
}

/** What was asked of the browser's locks. */
let asked: { readonly name: string; readonly options: LockOptions; readonly result: Promise<unknown> }[] = [];
let isHeld = false;
let refusal: Error | null = null;

const locks = {
  request: (name: string, ...rest: readonly [Granted] | readonly [LockOptions, Granted]): Promise<unknown> => {
    const [options, granted] = rest.length === 1 ? [{}, rest[0]] : rest;
    const result =
      refusal === null ? granted(isHeld && options.ifAvailable === true ? null : {}) : Promise.reject(refusal);
    asked.push({ name, options, result });
    return result;
  },
};

/** Channels of this name hear each other, and not themselves, as a browser's do. */
class Channel extends EventTarget {
  static readonly all: Channel[] = [];
  readonly name: string;

  constructor(name: string) {
    super();
    this.name = name;
    Channel.all.push(this);
  }

  postMessage(data: unknown): void {
    for (const channel of Channel.all)
      if (channel !== this && channel.name === this.name) channel.dispatchEvent(new MessageEvent('message', { data }));
  }
}

let storage: Record<string, unknown> = {};
beforeEach(() => {
  asked = [];
  isHeld = false;
  refusal = null;
  storage = {};
  Channel.all.length = 0;
  vi.stubGlobal('navigator', { locks, storage });
  vi.stubGlobal('BroadcastChannel', Channel);
});
afterEach(() => {
  vi.unstubAllGlobals();
});

describe('the locks of a site', () => {
  const platform = () => browserStorage('pinword/');

  it('have its name before theirs, and are held while something is done', async () => {
    expect(await platform().withLock('a', undefined, () => Promise.resolve(5))).toBe(5);
    const { signal } = new AbortController();
    await platform().withLock('b', signal, () => Promise.resolve());
    expect(asked.map(({ name, options }) => [name, options])).toEqual([
      ['pinword/ a', {}],
      ['pinword/ b', { signal }],
    ]);
    const failed = new TypeError('failed');
    await expect(platform().withLock('a', undefined, () => Promise.reject(failed))).rejects.toBe(failed);
  });

  it('are waited for until the person stops', async () => {
    const stopped = platform().withLock('a', AbortSignal.abort(), () => Promise.resolve());
    await expect(stopped).rejects.toMatchObject({ code: 'cancelled' });
    expect(asked).toEqual([]);
    refusal = new DOMException('', 'AbortError');
    const { signal } = new AbortController();
    const waiting = platform().withLock('a', signal, () => Promise.resolve());
    await expect(waiting).rejects.toMatchObject({ code: 'cancelled' });
    refusal = new DOMException('', 'SecurityError');
    await expect(platform().withLock('a', signal, () => Promise.resolve())).rejects.toBe(refusal);
  });

  it('that are held elsewhere are left where nobody waits', async () => {
    expect(await platform().ifFree('a', () => Promise.resolve(5))).toBe(5);
    isHeld = true;
    const action = vi.fn(() => Promise.resolve(5));
    expect(await platform().ifFree('a', action)).toBeNull();
    expect(action).not.toHaveBeenCalled();
    expect(asked.map(({ name, options }) => [name, options])).toEqual([
      ['pinword/ a', { ifAvailable: true }],
      ['pinword/ a', { ifAvailable: true }],
    ]);
  });

  it('that are taken for a life are not given back', async () => {
    await platform().holdLock('a');
    expect(asked[0]?.name).toBe('pinword/ a');
    const held = Promise.race([asked[0]?.result.then(() => 'given back'), Promise.resolve('held')]);
    expect(await held).toBe('held');
    refusal = new DOMException('', 'SecurityError');
    await expect(platform().holdLock('a')).rejects.toBe(refusal);
  });
});

it('progress is heard in the other tabs of the same site, by its name, until nobody listens', () => {
  const [own, other, elsewhere] = ['pinword/', 'pinword/', 'pinword/other/'].map(browserStorage);
  const heard: (readonly [string, number, number])[] = [];
  const hear = (who: string) => (bytes: number, total: number) => void heard.push([who, bytes, total]);
  own?.listen('a', hear('own'));
  elsewhere?.listen('a', hear('elsewhere'));
  const stop = other?.listen('a', hear('a'));
  other?.listen('b', hear('b'));
  own?.announce('a', 1, 9);
  own?.announce('b', 2, 9);
  stop?.();
  own?.announce('a', 3, 9);
  expect(heard).toEqual([
    ['a', 1, 9],
    ['b', 2, 9],
  ]);
});

it.each([
  [
    { usage: 1, quota: 2 },
    { usage: 1, quota: 2 },
  ],
  [
    { usage: 0, quota: 0 },
    { usage: 0, quota: 0 },
  ],
  [{ usage: 1 }, null],
  [{ quota: 2 }, null],
  [{}, null],
])('what a browser estimates as %j is %j', async (answer, expected) => {
  storage['estimate'] = () => Promise.resolve(answer);
  expect(await browserStorage('').estimate()).toEqual(expected);
});

it('whether the storage is kept, and the time, are the browser’s', async () => {
  for (const isKept of [true, false]) {
    storage['persisted'] = () => Promise.resolve(isKept);
    expect(await browserStorage('').persisted()).toBe(isKept);
  }
  vi.spyOn(Date, 'now').mockReturnValue(77);
  expect(browserStorage('').now()).toBe(77);
  vi.restoreAllMocks();
});
