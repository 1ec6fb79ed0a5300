import { beforeAll, describe, expect, it } from 'vitest';

import { runSession } from '../../runtime/sessions.ts';
import { output, takeFloats } from '../../runtime/tensors.ts';
import { nodeBackend, providers } from '../../testing/gpu/node-backend.ts';
import { entry, relativeError } from '../../testing/reference/reference-case.ts';
import { ReferenceUNet, toFlatTensor, toTensor } from '../../testing/reference/reference-unet.ts';
import { buildDenoisingStep } from './denoising-step.ts';
import { buildFusedUpdate } from './fused-update.ts';

const shape = [1, 4, 64];
const count = 256;
const preview = {
  matrix: [
    [0.5, -0.25, 0, 1],
    [0, 0.125, 2, -1],
    [1, 1, -1, 0.5],
  ],
  bias: [0.5, 0.25, 0.75],
};
const wave = (frequency: number): Float32Array<ArrayBuffer> =>
  Float32Array.from({ length: count }, (_, index) => Math.sin(frequency * index));
const history = wave(0.7);
const noise = wave(1.9);

/** What the graph is documented to compute, in the plainest way. */
function expectedRow(coefficients: readonly number[], rows: readonly Float32Array[]): Float32Array {
  return Float32Array.from({ length: count }, (_, index) =>
    rows.reduce((sum, row, k) => sum + (coefficients[k] ?? 0) * (row[index] ?? 0), 0),
  );
}

function expectedPreview(original: Float32Array): Float32Array {
  const pixels = count / 4;
  const pixel = (index: number, channel: number): number => original[channel * pixels + index] ?? 0;
  return Float32Array.from(
    preview.matrix.flatMap((row, color) =>
      Array.from({ length: pixels }, (_, index) =>
        row.reduce((sum, factor, channel) => sum + factor * pixel(index, channel), preview.bias[color] ?? 0),
      ),
    ),
  );
}

describe.each(providers)('one step on %s', (provider) => {
  let unet: ReferenceUNet;
  beforeAll(async () => {
    unet = await ReferenceUNet.load(await nodeBackend(provider), 'sd15');
  });

  it.each([
    { rows: [0, 1, 2], next: [3.75, 3.75, -6.5, 0.9, 0.1, 0.2], original: [-4, -4, 7, 1.1, -0.3, 0] },
    { rows: [2, 1], next: [-1, 2, 0.8, 0, 0.5], original: [0.5, -1.5, 1, 0, 0] },
    { rows: [1], next: [-0.4, 0.95, 0, 0], original: [-0.9, 1.3, 0.25, 0] },
  ])('fuses the branches $rows, updates the latents and shows them', async ({ rows, next, original }) => {
    const { backend, kernels } = unet;
    const session = await unet.open(
      buildDenoisingStep(unet.config, unet.weights, { kernels, height: 8, width: 8, preview, keep: false }),
    );
    const latents = entry(unet.reference, '8x8.latents');
    const results = await runSession(session, {
      latents: toFlatTensor(backend, latents),
      history: toTensor(backend, { values: history, shape }),
      noise: toTensor(backend, { values: noise, shape }),
      coefficients: toTensor(backend, { values: Float32Array.from([...next, ...original]), shape: [2, next.length] }),
      ...(await unet.conditions(rows)),
    });
    await session.release();
    const predictions = entry(unet.reference, '8x8.noise_prediction').values;
    const inputs = [
      ...rows.map((row) => predictions.subarray(row * count, (row + 1) * count)),
      latents.values,
      history,
      noise,
    ];
    const expectedOriginal = expectedRow(original, inputs);
    expect(relativeError(await takeFloats(output(results, 'next_latents')), expectedRow(next, inputs))).toBeLessThan(
      1e-4,
    );
    expect(relativeError(await takeFloats(output(results, 'pred_original_sample')), expectedOriginal)).toBeLessThan(
      1e-4,
    );
    expect(relativeError(await takeFloats(output(results, 'preview')), expectedPreview(expectedOriginal))).toBeLessThan(
      1e-4,
    );
  });

  it('updates from noise predictions alone', async () => {
    const { backend, kernels } = unet;
    const model = buildFusedUpdate({ kernels, latentChannels: 4, height: 8, width: 8, preview, keep: false });
    const session = await unet.open({ model, usedTensors: new Set() });
    const latents = wave(0.3);
    const predictions = Float32Array.from([...wave(0.11), ...wave(0.13)]);
    const next = [2, -1, 0.5, 0.25, 0.125];
    const results = await runSession(session, {
      noise_predictions: toTensor(backend, { values: predictions, shape: [2, ...shape.slice(1)] }),
      latents: toTensor(backend, { values: latents, shape }),
      history: toTensor(backend, { values: history, shape }),
      noise: toTensor(backend, { values: noise, shape }),
      coefficients: toTensor(backend, { values: Float32Array.from([...next, 0, 0, 1, 0, 0]), shape: [2, 5] }),
    });
    await session.release();
    const expected = expectedRow(next, [
      predictions.subarray(0, count),
      predictions.subarray(count),
      latents,
      history,
      noise,
    ]);
    expect(relativeError(await takeFloats(output(results, 'next_latents')), expected)).toBeLessThan(1e-5);
    expect(relativeError(await takeFloats(output(results, 'pred_original_sample')), latents)).toBeLessThan(1e-6);
  });

  it('blends back what is kept', async () => {
    const { backend, kernels } = unet;
    const model = buildFusedUpdate({ kernels, latentChannels: 4, height: 8, width: 8, preview, keep: true });
    const session = await unet.open({ model, usedTensors: new Set() });
    const predictions = wave(0.11);
    const [latents, keptLatents, keptNoise] = [wave(0.3), wave(0.5), wave(1.1)];
    const mask = Float32Array.from({ length: 64 }, (_, pixel) => [0, 0.25, 1][pixel % 3] ?? 0);
    const next = [2, 0.5, 0.25, 0.125, 0, 0];
    const kept = [0, 0, 0, 0, 0.8, 0.6];
    const map = (values: Float32Array<ArrayBuffer>) => toTensor(backend, { values, shape });
    const results = await runSession(session, {
      noise_predictions: map(predictions),
      latents: map(latents),
      history: map(history),
      noise: map(noise),
      kept_latents: map(keptLatents),
      kept_noise: map(keptNoise),
      repaint_mask: toTensor(backend, { values: mask, shape: [1, 1, 64] }),
      coefficients: toTensor(backend, {
        values: Float32Array.from([...next, 0, 1, 0, 0, 0, 0, ...kept]),
        shape: [3, 6],
      }),
    });
    await session.release();
    const rows = [predictions, latents, history, noise, keptLatents, keptNoise];
    const [plain, back] = [expectedRow(next, rows), expectedRow(kept, rows)];
    const expected = plain.map((value, index) => {
      const share = mask[index % 64] ?? 0;
      return share * value + (1 - share) * (back[index] ?? 0);
    });
    const actual = await takeFloats(output(results, 'next_latents'));
    expect(relativeError(actual, expected)).toBeLessThan(1e-5);
    expect(actual[0]).toBeCloseTo(back[0] ?? NaN, 6);
    expect(relativeError(await takeFloats(output(results, 'pred_original_sample')), latents)).toBeLessThan(1e-6);
  });
});
