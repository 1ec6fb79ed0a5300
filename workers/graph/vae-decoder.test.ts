import { describe, expect, it } from 'vitest';

import { kernelsOf } from '../engine/kernels.ts';
import { openSession, runSession } from '../runtime/sessions.ts';
import { floatTensor, output, takeFloats } from '../runtime/tensors.ts';
import { nodeBackend, providers } from '../testing/node-backend.ts';
import { entry, readReferenceJson, readReferenceTensors, readReferenceWeights, relativeError } from '../testing/reference-case.ts';
import { parseAutoencoderConfig } from './config/autoencoder-config.ts';
import { buildVaeDecoder } from './vae-decoder.ts';

// 'v-prediction' spells the attention's tensors as diffusers did before 0.17.
describe.each(providers)('the VAE decoder on %s', { timeout: 300_000 }, (provider) => {
  it.each([
    ['sd15', 8, 8],
    ['sd15', 5, 12],
    ['v-prediction', 8, 8],
  ] as const)('of the checkpoint %s decodes latents of %i × %i as diffusers does', async (name, height, width) => {
    const backend = await nodeBackend(provider);
    const config = parseAutoencoderConfig(await readReferenceJson(name, 'vae/config.json'));
    const { bytes, ...weights } = await readReferenceWeights(name, 'vae/diffusion_pytorch_model.safetensors');
    const reference = await readReferenceTensors(name, 'reference/vae.safetensors');
    const { model } = buildVaeDecoder(config, weights, { kernels: kernelsOf(backend), height, width });
    const session = await openSession(backend, model, [{ path: weights.location, data: bytes }], { strict: true });
    const latents = entry(reference, `${height}x${width}.latents`);
    const results = await runSession(session, { latents: floatTensor(backend, latents.values, latents.shape) });
    await session.release();
    const expected = entry(reference, `${height}x${width}.image`).values;
    expect(relativeError(await takeFloats(output(results, 'image')), expected)).toBeLessThan(1e-4);
  });
});
