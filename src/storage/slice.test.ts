import { describe, expect, it, vi } from 'vitest';
import * as z from 'zod';
import { createStore } from 'zustand/vanilla';
import { MemoryStore } from './keyed-store.ts';
import { latestOnly } from './latest-only.ts';
import { keepSlice, loadSlice, readSlice, type Slice } from './slice.ts';

const slice: Slice<{ size: number }> = {
  key: 'test',
  version: 3,
  schema: z.object({ size: z.number().min(1) }),
  migrations: {
    1: (data) => ({ size: z.object({ width: z.number() }).parse(data).width }),
    2: (data) => ({ size: z.object({ size: z.number() }).parse(data).size * 2 }),
  },
};

describe('a persisted slice', () => {
  it('reads data of its own version', () => {
    expect(readSlice(slice, { version: 3, data: { size: 5 } })).toEqual({ size: 5 });
  });

  it('carries old data up through every version', () => {
    expect(readSlice(slice, { version: 1, data: { width: 4 } })).toEqual({ size: 8 });
  });

  it.each([
    ['nothing', undefined],
    ['a newer version', { version: 4, data: { size: 5 } }],
    ['an invalid value', { version: 3, data: { size: 0 } }],
    ['data that a migration cannot read', { version: 1, data: 'x' }],
    ['something else altogether', 'corrupt'],
  ])('answers null for %s', (_, stored) => {
    expect(readSlice(slice, stored)).toBeNull();
  });

  it('saves changes of its part and nothing else', async () => {
    const store = new MemoryStore();
    const state = createStore<{ size: number; other: number }>(() => ({ size: 1, other: 1 }));
    keepSlice(store, slice, state, ({ size }) => ({ size }));
    state.setState({ other: 2 });
    expect(await store.get('slices', 'test')).toBeUndefined();
    state.setState({ size: 7 });
    expect(await loadSlice(store, slice)).toEqual({ size: 7 });
  });

  it('does not fail to load when the store does', async () => {
    const store = new MemoryStore();
    store.get = () => Promise.reject(new Error('database is broken'));
    expect(await loadSlice(store, slice)).toBeNull();
  });
});

describe('latestOnly', () => {
  it('delivers one at a time, the first and then the last', async () => {
    const delivered: number[] = [];
    const releases: (() => void)[] = [];
    const push = latestOnly((value: number) => {
      delivered.push(value);
      return new Promise<void>((resolve) => releases.push(resolve));
    });
    [1, 2, 3, 4].forEach(push);
    expect(delivered).toEqual([1]);
    releases[0]?.();
    await vi.waitFor(() => {
      expect(delivered).toEqual([1, 4]);
    });
  });

  it('goes on after a failed delivery', async () => {
    const delivered: number[] = [];
    const push = latestOnly((value: number) => {
      delivered.push(value);
      return value === 1 ? Promise.reject(new Error('no')) : Promise.resolve();
    });
    push(1);
    push(2);
    await vi.waitFor(() => {
      expect(delivered).toEqual([1, 2]);
    });
  });
});
