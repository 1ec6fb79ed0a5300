import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { blobSource, type ByteSource } from '../../checkpoint/bytes/byte-source.ts';
import { toFloat32 } from '../../checkpoint/tensors/dtype.ts';
import { readSafetensorsTable } from '../../checkpoint/tensor-files/safetensors.ts';
import type { TensorTable } from '../../checkpoint/tensors/tensor-table.ts';
import { formatsFile, formatsTensors } from '../../testing/reference/formats-reference.ts';
import { safetensorsFile } from '../../testing/hub-server/hub-fixture.ts';
import { convertBlocks } from './convert-blocks.ts';
import { sha256 } from '../sources/hashes.ts';
import { planMaterialize, planRuns } from './materialize-plan.ts';
import { materialize, type LocalWeights, type MaterializeRequest } from './materialize.ts';
import { memorySink } from './weight-sink.ts';

/** A source that is no Blob, delivers odd pieces and counts its requests. */
function pieceSource(bytes: Uint8Array<ArrayBuffer>, pieceBytes = 1013): ByteSource & { requests: [number, number][] } {
  const requests: [number, number][] = [];
  return {
    name: 'pieces',
    size: bytes.length,
    requests,
    read: (offset, length) => Promise.resolve(bytes.slice(offset, offset + length)),
    stream: async function* (offset, length) {
      requests.push([offset, length]);
      for (let at = offset; at < offset + length; at += pieceBytes)
        yield await Promise.resolve(bytes.slice(at, Math.min(at + pieceBytes, offset + length)));
    },
  };
}

async function request(
  source: ByteSource,
  names: readonly string[],
  dtype: 'F16' | 'F32',
): Promise<MaterializeRequest> {
  return { source, table: await readSafetensorsTable(source), wanted: names.map((name) => ({ name })), dtype };
}

async function values({ blob, table }: LocalWeights, name: string): Promise<Float32Array> {
  const { offset, length, dtype } = table.get(name) ?? { offset: 0, length: 0, dtype: 'F32' };
  const bytes = await blobSource('', blob).read(offset, length);
  return toFloat32(bytes, dtype === 'F16' ? 'F16' : 'F32');
}

const file = async (source: ByteSource): Promise<Uint8Array<ArrayBuffer>> => source.read(0, source.size);

describe('materialize', () => {
  it('writes a valid safetensors file with only the wanted tensors, converted as torch converts them', async () => {
    const reference = await formatsTensors('dtypes.safetensors');
    const source = pieceSource(await file(await formatsFile('dtypes.safetensors')));
    const local = await materialize(await request(source, ['BF16', 'F32'], 'F32'), memorySink);
    const table = await readSafetensorsTable(blobSource('written', local.blob));
    expect(table).toEqual(local.table);
    expect([...table.keys()]).toEqual(['F32', 'BF16']);
    expect(await values(local, 'BF16')).toEqual(reference.get('BF16-as-F32'));
    expect(await values(local, 'F32')).toEqual(reference.get('F32'));
  });

  it('names and shapes tensors as wanted', async () => {
    const source = pieceSource(safetensorsFile('F32', { a: [2, 3, 1, 1] }));
    const local = await materialize(
      { ...(await request(source, [], 'F16')), wanted: [{ name: 'a', as: 'b.weight', shape: [2, 3] }] },
      memorySink,
    );
    expect([...local.table]).toMatchObject([['b.weight', { dtype: 'F16', shape: [2, 3] }]]);
    expect(await values(local, 'b.weight')).toEqual(
      await values(
        {
          blob: new Blob([safetensorsFile('F32', { a: [6] })]),
          table: await readSafetensorsTable(pieceSource(safetensorsFile('F32', { a: [6] }))),
          inPlace: true,
        },
        'a',
      ),
    );
  });

  it('checks the published hash where nearly all of a file is wanted, and keeps nothing of one that is damaged', async () => {
    const bytes = safetensorsFile('F16', { a: [300], b: [300], rest: [90_000] });
    const published = { ...pieceSource(bytes), sha256: await sha256(bytes) };
    const all = await request(published, ['a', 'b', 'rest'], 'F32');
    expect((await materialize(all, memorySink)).blob.size).toBeGreaterThan(2 * 90_000);
    const some = await materialize({ ...all, wanted: [{ name: 'a' }, { name: 'b' }] }, memorySink);
    expect([...some.table.keys()]).toEqual(['a', 'b']);
    const damaged = bytes.slice();
    damaged[damaged.length - 7] = (damaged[damaged.length - 7] ?? 0) ^ 1;
    let discarded = false;
    const sink = { ...memorySink(), discard: () => Promise.resolve(void (discarded = true)) };
    const wrong = { ...pieceSource(damaged), sha256: published.sha256 };
    await expect(materialize({ ...all, source: wrong }, () => sink)).rejects.toMatchObject({ code: 'hash-mismatch' });
    expect(discarded).toBe(true);
  });

  it('takes a part of a file though the hash of all of it is published', async () => {
    const bytes = safetensorsFile('F16', { a: [3], unused: [600_000] });
    const published = { ...pieceSource(bytes, 100_000), sha256: await sha256(bytes) };
    const local = await materialize(await request(published, ['a'], 'F16'), memorySink);
    expect(local.blob.size).toBeLessThan(200);
  });

  it('uses a Blob in place where nothing changes', async () => {
    const bytes = safetensorsFile('F16', { a: [40], b: [7, 2] });
    const source = blobSource('file', new Blob([bytes]));
    const local = await materialize(await request(source, ['a', 'b'], 'F16'), () => {
      throw new Error('copied');
    });
    expect(local.blob).toBe(source.blob);
    expect(local.table).toEqual(await readSafetensorsTable(source));
  });

  it.each([
    [1024 * 1024, true],
    [1024 * 1024 + 2, false],
  ])('uses a Blob in place of which %i bytes are unused: %s', async (unused, stays) => {
    const bytes = safetensorsFile('F16', { a: [600_000], unused: [unused / 2] }, () => 0);
    const source = blobSource('file', new Blob([bytes]));
    expect((await materialize(await request(source, ['a'], 'F16'), memorySink)).inPlace).toBe(stays);
  });

  it('copies a Blob whose element type changes or of which much is unused', async () => {
    const bytes = safetensorsFile('F16', { a: [40], b: [700_000] });
    const source = blobSource('file', new Blob([bytes]));
    expect((await materialize(await request(source, ['a', 'b'], 'F32'), memorySink)).inPlace).toBe(false);
    expect((await materialize(await request(source, ['a'], 'F16'), memorySink)).blob.size).toBeLessThan(300);
  });

  it.each([true, false])('refuses NaN by name (in place: %s)', async (inPlace) => {
    const bytes = safetensorsFile('F16', { good: [4], 'bad.weight': [9] }, (i) => (i === 8 ? NaN : 1));
    const source = inPlace ? blobSource('file', new Blob([bytes])) : pieceSource(bytes);
    await expect(materialize(await request(source, ['good', 'bad.weight'], 'F16'), memorySink)).rejects.toThrow(
      /"bad\.weight" holds NaN/,
    );
  });

  it('gives whole float32 tensors to the transform, and only those that it touches', async () => {
    const bytes = safetensorsFile('F16', { a: [2, 3], b: [3] }, (i) => i);
    const seen: unknown[] = [];
    const transform = {
      touches: (name: string) => name === 'a',
      apply: (name: string, shape: readonly number[], floats: Float32Array<ArrayBuffer>) => {
        seen.push([name, shape, [...floats]]);
        return floats.map((value) => value / 2);
      },
    };
    const local = await materialize(
      { ...(await request(blobSource('f', new Blob([bytes])), ['a', 'b'], 'F16')), transform },
      memorySink,
    );
    expect(seen).toEqual([['a', [2, 3], [0, 1, 2, 3, 4, 5]]]);
    expect([...(await values(local, 'a'))]).toEqual([0, 0.5, 1, 1.5, 2, 2.5]);
    expect([...(await values(local, 'b'))]).toEqual([0, 1, 2]);
  });

  it('refuses a transform that changes the number of elements', async () => {
    const transform = {
      touches: () => true,
      apply: (_: string, __: readonly number[], floats: Float32Array<ArrayBuffer>) => floats.slice(1),
    };
    const source = blobSource('f', new Blob([safetensorsFile('F32', { a: [3] })]));
    await expect(materialize({ ...(await request(source, ['a'], 'F32')), transform }, memorySink)).rejects.toThrow(
      RangeError,
    );
  });

  it.each([
    ['F16', 70_000],
    ['F32', Infinity],
  ] as const)('refuses what a transform makes too large for %s', async (dtype, value) => {
    const transform = {
      touches: () => true,
      apply: (_: string, __: readonly number[], floats: Float32Array<ArrayBuffer>) => floats.fill(value, 1, 2),
    };
    const source = blobSource('f', new Blob([safetensorsFile('F32', { a: [3] })]));
    await expect(
      materialize({ ...(await request(source, ['a'], dtype)), transform }, memorySink),
    ).rejects.toMatchObject({
      code: 'nan-weight',
      message: expect.stringContaining(`"a" gave values that ${dtype} cannot hold`) as string,
    });
  });

  it('says which wanted tensor is missing, and ends when cancelled', async () => {
    const source = pieceSource(safetensorsFile('F32', { a: [4] }));
    await expect(materialize(await request(source, ['a', 'gone'], 'F16'), memorySink)).rejects.toMatchObject({
      code: 'missing-tensor',
      message: expect.stringContaining('"gone"') as string,
    });
    await expect(
      materialize({ ...(await request(source, ['a'], 'F16')), signal: AbortSignal.abort() }, memorySink),
    ).rejects.toMatchObject({ code: 'cancelled' });
  });

  it('reports the bytes that it reads', async () => {
    const source = pieceSource(safetensorsFile('F32', { a: [4000] }));
    const seen: [number, number][] = [];
    await materialize(
      { ...(await request(source, ['a'], 'F16')), onProgress: (bytes, total) => seen.push([bytes, total]) },
      memorySink,
    );
    expect(seen.at(-1)).toEqual([16_000, 16_000]);
    expect(seen.length).toBeGreaterThan(3);
  });
});

describe('the reading plan', () => {
  const shapes = { a: [10], unused: [400_000], b: [10], c: [10] };
  const plan = (table: TensorTable, sourceSize: number, options: { preferWhole: boolean; acceptsRanges: boolean }) =>
    planMaterialize(table, [{ name: 'a' }, { name: 'b' }, { name: 'c' }], 'F16', { sourceSize, ...options });

  it('fetches adjacent tensors in one range and leaves out large gaps', async () => {
    const source = pieceSource(safetensorsFile('F32', shapes));
    await materialize(await request(source, ['c', 'a', 'b'], 'F16'), memorySink);
    const table = await readSafetensorsTable(source);
    expect(source.requests).toEqual([
      [table.get('a')?.offset, 40],
      [table.get('b')?.offset, 80],
    ]);
  });

  it('makes one pass over a host without Range', async () => {
    const source = pieceSource(safetensorsFile('F32', shapes));
    const { runs } = plan(await readSafetensorsTable(source), source.size, {
      preferWhole: false,
      acceptsRanges: false,
    });
    expect(runs).toHaveLength(1);
    expect(planRuns([], 1)).toEqual([]);
  });

  it('reads a nearly wholly used file as a whole, for its hash', async () => {
    const source = pieceSource(safetensorsFile('F32', { ...shapes, unused: [10] }));
    expect(
      plan(await readSafetensorsTable(source), source.size, { preferWhole: true, acceptsRanges: true }),
    ).toMatchObject({ readsAll: true, runs: [{ offset: 0, end: source.size }] });
    const sparse = pieceSource(safetensorsFile('F32', shapes));
    expect(
      plan(await readSafetensorsTable(sparse), sparse.size, { preferWhole: true, acceptsRanges: true }).readsAll,
    ).toBe(false);
  });

  it.each([
    [100_000_000, 1024 * 1024 + 5_000_000, true],
    [100_000_000, 1024 * 1024 + 5_000_002, false],
    [100_000_020, 1024 * 1024 + 5_000_002, false],
  ])('reads a file of %i bytes as a whole of which %i are unused: %s', (sourceSize, unused, whole) => {
    const length = sourceSize - unused;
    const table: TensorTable = new Map([['a', { dtype: 'F16', shape: [length / 2], offset: 0, length }]]);
    const options = { sourceSize, preferWhole: true, acceptsRanges: true };
    expect(planMaterialize(table, [{ name: 'a' }], 'F16', options).readsAll).toBe(whole);
  });

  it('joins tensors that are as far apart as it may', () => {
    const at = (offset: number) => {
      const info = { dtype: 'F16', shape: [5], offset, length: 10 } as const;
      return { name: `${offset}`, source: info, target: info };
    };
    const ends = (gap: number) => planRuns([at(0), at(15), at(31)], gap).map(({ offset, end }) => [offset, end]);
    expect(ends(5)).toEqual([
      [0, 25],
      [31, 41],
    ]);
    expect(ends(6)).toEqual([[0, 41]]);
  });

  it('refuses what is no float, and another number of elements', () => {
    const options = { sourceSize: 172, preferWhole: false, acceptsRanges: true };
    const table: TensorTable = new Map([
      ['ids', { dtype: 'I64', shape: [2], offset: 0, length: 16 }],
      ['a', { dtype: 'F32', shape: [2, 3], offset: 16, length: 24 }],
      ['grid', { dtype: 'F16', shape: [2, 33], offset: 40, length: 132 }],
    ]);
    const shaped = planMaterialize(table, [{ name: 'grid', shape: [3, 22] }], 'F16', options);
    expect(shaped.table.get('grid')).toMatchObject({ shape: [3, 22], length: 132 });
    expect(() => planMaterialize(table, [{ name: 'ids' }], 'F16', options)).toThrow(
      expect.objectContaining({ code: 'tensor-dtype', message: expect.stringContaining('"ids"') as string }),
    );
    expect(() => planMaterialize(table, [{ name: 'a', shape: [2, 4] }], 'F16', options)).toThrow(
      expect.objectContaining({ code: 'tensor-shape', message: expect.stringMatching(/\[2, 3\].*\[2, 4\]/) as string }),
    );
  });

  it('can go on after any block, reading each byte of a whole file once', async () => {
    const bytes = safetensorsFile('F32', { a: [500], skipped: [3], b: [70, 3], c: [1] });
    const source = pieceSource(bytes, 97);
    const table = await readSafetensorsTable(source);
    await fc.assert(
      fc.asyncProperty(fc.boolean(), fc.nat(2000), async (preferWhole, stop) => {
        const made = plan(table, source.size, { preferWhole, acceptsRanges: true });
        const blocks: Uint8Array[] = [];
        const read: Uint8Array[] = [];
        for await (const block of convertBlocks(source, made, { onSource: (piece) => read.push(piece.slice()) })) {
          blocks.push(block);
          if (Buffer.concat(blocks).length >= stop) break;
        }
        const from = Buffer.concat(blocks).length;
        for await (const block of convertBlocks(source, made, { from, onSource: (piece) => read.push(piece.slice()) }))
          blocks.push(block);
        const written = new Uint8Array(Buffer.concat(blocks));
        expect(await readSafetensorsTable(blobSource('', new Blob([written])))).toEqual(made.table);
        if (preferWhole) expect(Buffer.compare(Buffer.concat(read), bytes)).toBe(0);
      }),
      { numRuns: 60 },
    );
  });
});

describe('a file in blocks', () => {
  const blockBytes = 64;
  const shapes = { a: [5], skipped: [3], b: [9, 15], c: [1] };
  const source = pieceSource(safetensorsFile('F32', shapes), 97);
  const planned = async () =>
    planMaterialize(await readSafetensorsTable(source), [{ name: 'a' }, { name: 'b' }, { name: 'c' }], 'F16', {
      sourceSize: source.size,
      preferWhole: true,
      acceptsRanges: true,
    });

  it('is the rest of it from the end of any block on, and has an end at the end of each', async () => {
    const plan = await planned();
    const blocksFrom = async (from: number) => {
      const blocks: Uint8Array[] = [];
      for await (const block of convertBlocks(source, plan, { from, blockBytes })) blocks.push(block);
      return blocks;
    };
    const whole = Buffer.concat(await blocksFrom(0));
    expect(whole.length).toBe(plan.size);
    expect(plan.header.length).toBeGreaterThan(2 * blockBytes);
    for (let from = blockBytes; from < plan.size; from += blockBytes) {
      const blocks = await blocksFrom(from);
      expect(Buffer.concat(blocks).equals(whole.subarray(from)), `from ${from}`).toBe(true);
      let at = from;
      const ends = new Set(blocks.map(({ length }) => (at += length)));
      for (let end = from + blockBytes; end < plan.size; end += blockBytes)
        if (end > plan.header.length) expect(ends, `from ${from}`).toContain(end);
    }
  });

  it('has tensors changed as wholes that are longer than a block', async () => {
    const plan = await planned();
    const changed: number[][] = [];
    const transform = {
      touches: (name: string) => name === 'b',
      apply: (_: string, __: readonly number[], floats: Float32Array<ArrayBuffer>) => {
        changed.push([...floats]);
        return floats;
      },
    };
    const blocks: Uint8Array[] = [];
    for await (const block of convertBlocks(source, plan, { transform, blockBytes: 16 })) blocks.push(block);
    expect(changed).toEqual([Array.from({ length: 135 }, (_, i) => i / 16 - 7)]);
    expect(Buffer.concat(blocks)).toHaveLength(plan.size);
  });

  it('closes its source where it is not read to the end', async () => {
    const state = { isOpen: false };
    const stream = async function* (offset: number, length: number) {
      state.isOpen = true;
      try {
        for (let at = offset; at < offset + length; at += 8) yield await source.read(at, 8);
      } finally {
        state.isOpen = false;
      }
    };
    const seen: boolean[] = [];
    for await (const block of convertBlocks({ ...source, stream }, await planned(), { blockBytes })) {
      seen.push(state.isOpen);
      if (block.length < blockBytes && seen.at(-1) === true) break;
    }
    expect(seen).toContain(true);
    expect(state.isOpen).toBe(false);
  });
});

it('what was handed to the browser’s memory is held no more', async () => {
  const sink = memorySink();
  const piece = new Uint8Array(16 * 1024 * 1024);
  sink.write(piece);
  piece[0] = 1;
  const rest = Uint8Array.of(2, 3);
  sink.write(rest);
  const blob = await sink.finish();
  expect(blob.size).toBe(piece.length + 2);
  expect(new Uint8Array(await blob.slice(0, 1).arrayBuffer())).toEqual(Uint8Array.of(0));
  expect(new Uint8Array(await blob.slice(-2).arrayBuffer())).toEqual(rest);
});
