import { describe, expect, it } from 'vitest';

import { kernelsOf } from '../../pipeline/modules/kernels.ts';
import { openSession, runSession } from '../../runtime/sessions.ts';
import { floatTensor, output, takeFloats } from '../../runtime/tensors.ts';
import { nodeBackend, providers } from '../../testing/gpu/node-backend.ts';
import { entry, relativeError } from '../../testing/reference/reference-case.ts';
import { findReferenceJson, readTensorFile, readWeightFile } from '../../testing/reference/reference-file.ts';
import { refusal, without, withTensor } from '../../testing/reference/weights.ts';
import { parseClipVisionConfig } from '../config/clip-config.ts';
import { buildLookTokens, lookTokensTensors } from './look-tokens.ts';

const expected = await readTensorFile('look/expected.safetensors');
const weights = await readWeightFile('look/image_encoder/model.safetensors');
const vision = parseClipVisionConfig(await findReferenceJson('look/image_encoder/config.json'));
const last = 'vision_model.encoder.layers.2.mlp.fc1.weight';

describe.each(providers)('an image encoder with the exact GELU on %s', (provider) => {
  it.each([
    ['pooled', 'image_embeds'],
    ['penultimate', 'hidden_states'],
  ] as const)('gives its %s features as transformers does', async (features, name) => {
    const backend = await nodeBackend(provider);
    const config = { ...vision, features };
    const { model } = buildLookTokens({ config, weights }, null, { kernels: kernelsOf(backend) });
    const session = await openSession(backend, model, [{ path: weights.location, data: weights.bytes }], {
      strict: true,
    });
    const pixels = entry(expected, 'pixel_values');
    const results = await runSession(session, {
      [lookTokensTensors.pixelValues]: floatTensor(backend, pixels.values, [1, ...pixels.shape]),
    });
    const actual = await takeFloats(output(results, lookTokensTensors.features));
    await session.release();
    expect(relativeError(actual, entry(expected, name).values)).toBeLessThan(1e-4);
  });
});

describe('building an image encoder that is read before its last layer', () => {
  const config = { ...vision, features: 'penultimate' } as const;
  const build = (changed = weights) => buildLookTokens({ config, weights: changed }, null, { kernels: 'portable' });

  it('uses neither that layer nor what is behind it, whether they are there or not', () => {
    const { usedTensors } = build();
    expect(usedTensors).toContain('vision_model.encoder.layers.1.mlp.fc1.weight');
    expect([...usedTensors].filter((name) => /layers\.2\.|post_layernorm|visual_projection/.test(name))).toEqual([]);
    expect(build(without(weights, last)).usedTensors).toEqual(usedTensors);
  });

  it('refuses what it lacks and what it does not know, by name', () => {
    const lacking = without(weights, 'vision_model.encoder.layers.1.mlp.fc1.weight');
    expect(refusal(() => build(lacking)).message).toContain('layers.1.mlp.fc1.weight');
    expect(refusal(() => build(withTensor(weights, 'novel.weight', last)))).toMatchObject({ code: 'extra-tensor' });
  });
});
