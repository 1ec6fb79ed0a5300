import { describe, expect, it } from 'vitest';

import { kernelsOf } from '../../pipeline/modules/kernels.ts';
import type { Backend } from '../../runtime/sessions.ts';
import { openSession, runSession } from '../../runtime/sessions.ts';
import { floatTensor, output, takeFloats } from '../../runtime/tensors.ts';
import { nodeBackend, providers } from '../../testing/gpu/node-backend.ts';
import {
  entry,
  readReferenceJson,
  readReferenceTensors,
  readReferenceWeights,
  type ReferenceCase,
  relativeError,
} from '../../testing/reference/reference-case.ts';
import { refusal, without, withTensor } from '../../testing/reference/weights.ts';
import { parseClipVisionConfig } from '../config/clip-config.ts';
import { parseProjectorConfig } from '../config/projector-config.ts';
import { buildImageToPseudoWord } from './image-to-pseudo-word.ts';

async function load(name: ReferenceCase) {
  return {
    config: parseClipVisionConfig(await readReferenceJson(name, 'image_encoder/config.json')),
    weights: await readReferenceWeights(name, 'image_encoder/model.safetensors'),
    layers: parseProjectorConfig(await readReferenceJson(name, 'projector/config.json')),
    projectorWeights: await readReferenceWeights(name, 'projector/model.safetensors'),
    reference: await readReferenceTensors(name, 'reference/image.safetensors'),
  };
}

/** Image embeddings and pseudo-words of the reference pictures, one after the other. */
async function encode(backend: Backend, name: ReferenceCase) {
  const { config, weights, layers, projectorWeights, reference } = await load(name);
  const { model } = buildImageToPseudoWord(config, weights, {
    kernels: kernelsOf(backend),
    projector: { layers, weights: projectorWeights },
  });
  const files = [weights, projectorWeights].map(({ location, bytes }) => ({ path: location, data: bytes }));
  const session = await openSession(backend, model, files, { strict: true });
  const { values, shape } = entry(reference, 'pixel_values');
  const size = values.length / (shape[0] ?? 1);
  const embeds: number[] = [];
  const words: number[] = [];
  for (let start = 0; start < values.length; start += size) {
    const pixels = floatTensor(backend, values.slice(start, start + size), [1, ...shape.slice(1)]);
    const results = await runSession(session, { pixel_values: pixels });
    embeds.push(...(await takeFloats(output(results, 'image_embeds'))));
    words.push(...(await takeFloats(output(results, 'pseudo_word'))));
  }
  await session.release();
  return { embeds: Float32Array.from(embeds), words: Float32Array.from(words), reference };
}

describe.each(providers)('pictures to pseudo-words on %s', (provider) => {
  const cases =
    provider === 'webgpu' ? (['sd15', 'v-prediction', 'half'] as const) : (['sd15', 'v-prediction'] as const);

  it.each(cases)('of %s are what transformers and the projector compute', async (name) => {
    const { embeds, words, reference } = await encode(await nodeBackend(provider), name);
    const tolerance = name === 'half' ? 1e-2 : 1e-4;
    expect(relativeError(embeds, entry(reference, 'image_embeds').values)).toBeLessThan(tolerance);
    expect(relativeError(words, entry(reference, 'pseudo_words').values)).toBeLessThan(tolerance);
  });
});

describe('building the image encoder', () => {
  const options = { kernels: 'portable', projector: null } as const;
  const projection = 'visual_projection.weight';

  it('takes the tower out of a safety checker, with its doubled prefix', async () => {
    const config = parseClipVisionConfig(await readReferenceJson('sd15', 'safety_checker/config.json'));
    const weights = await readReferenceWeights('sd15', 'safety_checker/model.safetensors');
    const { usedTensors } = buildImageToPseudoWord(config, weights, options);
    expect(usedTensors).toContain('vision_model.vision_model.pre_layrnorm.weight');
    expect(usedTensors).not.toContain('concept_embeds');
  });

  it('refuses weights that lack a tensor, naming it', async () => {
    const { config, weights } = await load('sd15');
    const error = refusal(() => buildImageToPseudoWord(config, without(weights, projection), options));
    expect(error.code).toBe('missing-tensor');
    expect(error.message).toContain(projection);
  });

  it('refuses weights of one layer more than the config has, naming a tensor', async () => {
    const { config, weights } = await load('sd15');
    const error = refusal(() => buildImageToPseudoWord({ ...config, num_hidden_layers: 1 }, weights, options));
    expect(error.code).toBe('extra-tensor');
    expect(error.message).toContain('vision_model.encoder.layers.1.');
  });

  it('refuses a projector with a tensor too many', async () => {
    const { config, weights, layers, projectorWeights } = await load('sd15');
    const odd = withTensor(projectorWeights, 'layers.9.bias', 'layers.0.bias');
    const error = refusal(() =>
      buildImageToPseudoWord(config, weights, { kernels: 'portable', projector: { layers, weights: odd } }),
    );
    expect(error.code).toBe('extra-tensor');
  });

  it('refuses a projector made for other image embeddings', async () => {
    const { config, weights, projectorWeights } = await load('sd15');
    const layers = parseProjectorConfig(await readReferenceJson('half', 'projector/config.json'));
    const error = refusal(() =>
      buildImageToPseudoWord(config, weights, {
        kernels: 'portable',
        projector: { layers, weights: projectorWeights },
      }),
    );
    expect(error.code).toBe('tensor-shape');
  });
});
