import { describe, expect, it } from 'vitest';

import { blobSource, type ByteSource } from '../../checkpoint/bytes/byte-source.ts';
import { readSafetensorsTable } from '../../checkpoint/tensor-files/safetensors.ts';
import { safetensorsFile } from '../../testing/hub-server/hub-fixture.ts';
import { HeldWeights } from './held-weights.ts';
import type { LocalWeights, MaterializeRequest } from './materialize.ts';

const bytes = safetensorsFile('F32', { a: [8], b: [3], c: [5], d: [7] });
const names = ['a', 'b', 'c', 'd'];

/** A request for all tensors in f16 that multiplies some, counting the bytes that are read. */
async function requestOf(
  factors: Readonly<Record<string, number>>,
  content = bytes,
  lastModified = 1,
  file: Blob = new File([content], 'model.safetensors', { lastModified }),
) {
  const plain = blobSource('unet/model.safetensors', file);
  const read = { bytes: 0 };
  const request: MaterializeRequest = {
    source: {
      ...plain,
      read: (offset, length) => {
        read.bytes += length;
        return plain.read(offset, length);
      },
    },
    table: await readSafetensorsTable(plain),
    wanted: names.map((name) => ({ name })),
    dtype: 'F16',
    transform: {
      touches: (name) => name in factors,
      apply: (name, _, values) => values.map((value) => value * (factors[name] ?? 1)),
    },
  };
  return { request, read };
}

/** Every tensor's bytes. */
async function contents({ blob, table }: LocalWeights): Promise<Record<string, string>> {
  const source = blobSource('weights', blob);
  const entries = names.map(async (name) => {
    const { offset, length } = table.get(name) ?? { offset: 0, length: 0 };
    return [name, Buffer.from(await source.read(offset, length)).toString('hex')] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

async function plainly(factors: Readonly<Record<string, number>>): Promise<Record<string, string>> {
  return contents(await new HeldWeights().load((await requestOf(factors)).request));
}

describe('weights held from one load to the next', () => {
  it.each([
    ['another strength', { b: 2 }, { b: 3 }, 3],
    // What lies between two of them is read over: a request of its own would cost more.
    ['one more file', { b: 2 }, { b: 2, d: 3 }, 3 + 5 + 7],
    ['no file any more', { b: 2 }, {}, 3],
    ['all but one', { b: 2, c: 2, d: 2 }, { b: 3, c: 3, d: 3 }, 3 + 5 + 7],
    ['nothing', {}, {}, 0],
  ] as const)('only the tensors that change are read again: %s', async (_, first, second, numbers) => {
    const held = new HeldWeights();
    held.begin();
    await held.load((await requestOf(first)).request);
    held.begin();
    const { request, read } = await requestOf(second);
    const weights = await held.load(request);
    expect(read.bytes).toBe(4 * numbers);
    expect(await contents(weights)).toEqual(await plainly(second));
    held.begin();
    expect(await contents(await held.load((await requestOf(first)).request))).toEqual(await plainly(first));
  });

  it('another file of the same name is another file', async () => {
    const held = new HeldWeights();
    held.begin();
    await held.load((await requestOf({})).request);
    held.begin();
    const { request, read } = await requestOf({}, bytes, 2);
    await held.load(request);
    expect(read.bytes).toBeGreaterThanOrEqual(4 * 23);
  });

  it('another precision is made from the file', async () => {
    const held = new HeldWeights();
    held.begin();
    await held.load((await requestOf({})).request);
    held.begin();
    const { request, read } = await requestOf({ b: 2 });
    await held.load({ ...request, dtype: 'F32' });
    expect(read.bytes).toBeGreaterThanOrEqual(4 * 23);
  });

  it('what a load does not ask for is let go', async () => {
    const held = new HeldWeights();
    held.begin();
    await held.load((await requestOf({})).request);
    held.begin();
    held.begin();
    const { request, read } = await requestOf({});
    await held.load(request);
    expect(read.bytes).toBeGreaterThanOrEqual(4 * 23);
  });

  it('where nothing changes they are the same, and what changes is not held as it was', async () => {
    const held = new HeldWeights();
    const large = safetensorsFile('F32', { a: [8], b: [3000], c: [5], d: [7] });
    held.begin();
    const first = await held.load((await requestOf({ b: 2 }, large)).request);
    held.begin();
    const again = await held.load((await requestOf({ b: 3 }, large)).request);
    expect(again.blob.size).toBeLessThan(first.blob.size);
    held.begin();
    const { transform: _, ...plain } = (await requestOf({}, large)).request;
    const unchanged = await held.load(plain);
    held.begin();
    expect(await held.load(plain)).toBe(unchanged);
  });

  it('the parts of a model are held beside each other, until the first part of another comes', async () => {
    const held = new HeldWeights();
    const part = async (lastModified: number) => {
      const { request, read } = await requestOf({ a: 2 }, bytes, lastModified);
      await held.load(request);
      return read.bytes;
    };
    const all = 4 * 23;
    held.begin();
    expect([await part(1), await part(2)]).toEqual([all, all]);
    held.begin();
    expect([await part(1), await part(2)]).toEqual([4 * 8, 4 * 8]);
    held.begin();
    expect([await part(3), await part(1)]).toEqual([all, all]);
  });

  it('what is no file of the person’s is made anew', async () => {
    const held = new HeldWeights();
    const other = safetensorsFile('F32', { a: [8], b: [3], c: [5], d: [7] }, (i) => i);
    held.begin();
    await held.load((await requestOf({}, bytes, 1, new Blob([bytes]))).request);
    held.begin();
    const { request } = await requestOf({}, other, 1, new Blob([other]));
    const expected = await contents(await new HeldWeights().load((await requestOf({}, other)).request));
    expect(await contents(await held.load(request))).toEqual(expected);
    const { blob: _, ...distant }: ByteSource = request.source;
    expect(await contents(await held.load({ ...request, source: distant }))).toEqual(expected);
  });
});
