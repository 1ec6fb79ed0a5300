import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { hasWebGpu, nodeBackend } from '../../testing/gpu/node-backend.ts';
import { entry, relativeError } from '../../testing/reference/reference-case.ts';
import { ReferenceDetail, order, type DetailCase } from '../../testing/reference/reference-detail.ts';

const cases: readonly (readonly ['wasm' | 'webgpu', DetailCase, number])[] = [
  ...(['sd15', 'lists', 'no-middle'] as const).map((name) => ['wasm', name, 1e-4] as const),
  ...(hasWebGpu ? [['webgpu', 'sd15', 1e-4] as const, ['webgpu', 'half', 1e-2] as const] : []),
];

describe.each(cases)('a step that sees references, on %s with the network %s', (provider, name, floor) => {
  let detail: ReferenceDetail;
  beforeAll(async () => {
    detail = await ReferenceDetail.load(await nodeBackend(provider), name);
  });
  afterAll(() => detail.sessions.release());

  /** What a branch is expected to predict. */
  const expected = (key: string, row: number): Float32Array => {
    const { values } = entry(detail.reference, key);
    const size = values.length / order.length;
    return values.subarray(row * size, (row + 1) * size);
  };

  it.each([
    ['one', 1, false],
    ['two', 2, false],
    ['areas', 2, true],
    ['bound-1', 1, true],
    ['bound-2', 2, true],
  ] as const)('predicts what plain PyTorch predicts: %s', async (key, count, inAreas) => {
    const references = detail.references(count, inAreas);
    const conditions = key.startsWith('bound') ? detail.boundConditions(references) : detail.conditions(references);
    for (const branches of ['together', 'one-by-one'] as const) {
      const predictions = await detail.predict(conditions, { branches });
      for (const [row, prediction] of predictions.entries())
        expect(relativeError(prediction, expected(key, row)), `${branches} ${order[row] ?? ''}`).toBeLessThan(floor);
    }
  });

  it('follows strengths that are moved while the picture forms: at 0 nothing is seen', async () => {
    const step = await detail.open(detail.conditions(detail.references(2)), { branches: 'together' });
    const unified = async (...strengths: readonly number[]): Promise<Float32Array> =>
      (await (await step(0, strengths)).read()).latents;
    const [two, plain] = [expected('two', 0), expected('plain', 0)];
    expect(relativeError(await unified(1, 0.4), two)).toBeLessThan(floor);
    expect(relativeError(await unified(0, 0), plain)).toBeLessThan(floor);
    expect(relativeError(await unified(0.5, 0), two)).toBeGreaterThan(5 * floor);
    expect(relativeError(await unified(1, 0.4), two)).toBeLessThan(floor);
  });

  it('without the unified branch predicts what the text predicts', async () => {
    const conditions = detail.conditions(detail.references(2));
    const [text = new Float32Array()] = await detail.predict(conditions, { branches: 'together' }, ['text']);
    expect(relativeError(text, expected('plain', 1))).toBeLessThan(floor);
  });
});
