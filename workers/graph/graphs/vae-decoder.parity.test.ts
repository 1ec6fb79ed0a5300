import { describe, expect, it } from 'vitest';

import type { TensorTable } from '../../checkpoint/tensors/tensor-table.ts';
import { kernelsOf } from '../../pipeline/modules/kernels.ts';
import { openSession, runSession } from '../../runtime/sessions.ts';
import { floatTensor, output, takeFloats } from '../../runtime/tensors.ts';
import { hasWebGpu, nodeBackend, providers } from '../../testing/gpu/node-backend.ts';
import {
  entry,
  readReferenceJson,
  readReferenceTensors,
  readReferenceWeights,
  relativeError,
  type ReferenceCase,
} from '../../testing/reference/reference-case.ts';
import { parseAutoencoderConfig } from '../config/autoencoder-config.ts';
import { buildVaeDecoder } from './vae-decoder.ts';

type Provider = (typeof providers)[number];
type Weights = Awaited<ReturnType<typeof readReferenceWeights>>;

interface Decoding {
  readonly provider: Provider;
  readonly name: ReferenceCase;
  readonly height: number;
  readonly width: number;
  /** The checkpoint's own weights, changed in their names and shapes. */
  readonly change?: (table: TensorTable) => TensorTable;
}

/** What the graph decodes, clamped as diffusers clamps it, and what diffusers does. */
async function decode({
  provider,
  name,
  height,
  width,
  change = (table) => table,
}: Decoding): Promise<{ actual: Float32Array; expected: Float32Array }> {
  const backend = await nodeBackend(provider);
  const config = parseAutoencoderConfig(await readReferenceJson(name, 'vae/config.json'));
  const { bytes, location, table }: Weights = await readReferenceWeights(
    name,
    'vae/diffusion_pytorch_model.safetensors',
  );
  const reference = await readReferenceTensors(name, 'reference/vae.safetensors');
  const { model } = buildVaeDecoder(
    config,
    { table: change(table), location },
    { kernels: kernelsOf(backend), height, width },
  );
  const session = await openSession(backend, model, [{ path: location, data: bytes }], { strict: true });
  const latents = entry(reference, `${height}x${width}.latents`);
  const results = await runSession(session, { latents: floatTensor(backend, latents.values, latents.shape) });
  await session.release();
  const image = await takeFloats(output(results, 'image'));
  return {
    actual: image.map((value) => Math.min(1, Math.max(0, value))),
    expected: entry(reference, `${height}x${width}.image`).values,
  };
}

// 'v-prediction' spells the attention's tensors as diffusers did before 0.17.
describe.each(providers)('the VAE decoder on %s', (provider) => {
  it.each([
    ['sd15', 8, 8],
    ['sd15', 5, 12],
    ['v-prediction', 8, 8],
  ] as const)('of the checkpoint %s decodes latents of %i × %i as diffusers does', async (name, height, width) => {
    const { actual, expected } = await decode({ provider, name, height, width });
    expect(relativeError(actual, expected)).toBeLessThan(1e-4);
  });
});

describe.runIf(hasWebGpu)('the VAE decoder in f16 on webgpu', () => {
  it.each([
    [8, 8],
    [5, 12],
  ])('stays above 35 dB of what diffusers decodes in f32: %i × %i', async (height, width) => {
    const { actual, expected } = await decode({ provider: 'webgpu', name: 'half', height, width });
    const meanSquare =
      expected.reduce((sum, value, index) => sum + ((actual[index] ?? NaN) - value) ** 2, 0) / expected.length;
    expect(-10 * Math.log10(meanSquare)).toBeGreaterThan(35);
  });
});

const formerNames = [
  ['.to_q.', '.query.'],
  ['.to_k.', '.key.'],
  ['.to_v.', '.value.'],
  ['.to_out.0.', '.proj_attn.'],
] as const;

/** The table with the attention's tensors under their names of before diffusers 0.17. */
function renamed(table: TensorTable): TensorTable {
  const attention = '.attentions.0.';
  return new Map(
    [...table].map(([name, info]) => [
      name.includes(attention) ? formerNames.reduce((text, [now, then]) => text.replace(now, then), name) : name,
      info,
    ]),
  );
}

/** The table with the attention's matrices [C, C] as 1×1 convolutions [C, C, 1, 1]. */
function asConvolutions(table: TensorTable): TensorTable {
  return new Map(
    [...table].map(([name, info]) => [
      name,
      /\.attentions\.0\..*weight$/u.test(name) && info.shape.length === 2
        ? { ...info, shape: [...info.shape, 1, 1] }
        : info,
    ]),
  );
}

describe("the spellings of the VAE attention's weights", () => {
  it.each([
    ['names since 0.17, convolutions', asConvolutions],
    ['names before 0.17, matrices', renamed],
    ['names before 0.17, convolutions', (table: TensorTable) => asConvolutions(renamed(table))],
  ])('are the same attention: %s', async (_, change) => {
    const { table } = await readReferenceWeights('sd15', 'vae/diffusion_pytorch_model.safetensors');
    expect([...change(table)]).not.toEqual([...table]);
    const { actual, expected } = await decode({ provider: 'wasm', name: 'sd15', height: 8, width: 8, change });
    expect(relativeError(actual, expected)).toBeLessThan(1e-4);
  });
});
