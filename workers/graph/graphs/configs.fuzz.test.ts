import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { ErrorCode } from '../../errors.ts';
import { cases, changedJson, typed } from '../../testing/files/fuzz.ts';
import { readReferenceJson, readReferenceWeights } from '../../testing/reference/reference-case.ts';
import { buildCrossAttentionStates } from './cross-attention-states.ts';
import { buildProjector } from './projector.ts';
import { buildSafetyChecker } from './safety-checker.ts';
import { buildUNet } from './unet.ts';
import { buildUnifiedEncoder } from './unified-encoder.ts';
import { buildVaeDecoder } from './vae-decoder.ts';
import { buildVaeEncoder } from './vae-encoder.ts';
import { parseAutoencoderConfig, parseAutoencoderEncoderConfig } from '../config/autoencoder-config.ts';
import { parseClipTextConfig, parseClipVisionConfig } from '../config/clip-config.ts';
import { parseProjectorConfig } from '../config/projector-config.ts';
import { parseUNetConfig } from '../config/unet-config.ts';

const refusals: readonly ErrorCode[] = [
  'unsupported-config',
  'missing-tensor',
  'extra-tensor',
  'tensor-shape',
  'tensor-dtype',
];
const options = { kernels: 'portable', height: 8, width: 8, tokens: 77 } as const;
const json = (path: string): Promise<unknown> => readReferenceJson('sd15', path);
const [unet, vae, text, vision, projector] = await Promise.all([
  readReferenceWeights('sd15', 'unet/diffusion_pytorch_model.safetensors'),
  readReferenceWeights('sd15', 'vae/diffusion_pytorch_model.safetensors'),
  readReferenceWeights('sd15', 'text_encoder/model.safetensors'),
  readReferenceWeights('sd15', 'safety_checker/model.safetensors'),
  readReferenceWeights('sd15', 'projector/model.safetensors'),
]);

/** What is made of a config, with the weights that the config as it stands belongs to. */
const readers: readonly (readonly [string, unknown, (config: unknown) => unknown])[] = [
  [
    'UNet',
    await json('unet/config.json'),
    (config) => {
      const parsed = parseUNetConfig(config);
      return [buildUNet(parsed, unet, options), buildCrossAttentionStates(parsed, unet, options)];
    },
  ],
  ['decoder', await json('vae/config.json'), (config) => buildVaeDecoder(parseAutoencoderConfig(config), vae, options)],
  [
    'encoder',
    await json('vae/config.json'),
    (config) => buildVaeEncoder(parseAutoencoderEncoderConfig(config), vae, options),
  ],
  [
    'text encoder',
    await json('text_encoder/config.json'),
    (config) => buildUnifiedEncoder(parseClipTextConfig(config), text, { ...options, pinned: true }),
  ],
  [
    'safety checker',
    await json('safety_checker/config.json'),
    (config) => buildSafetyChecker(parseClipVisionConfig(config), vision, options),
  ],
  [
    'projector',
    await json('projector/config.json'),
    (config) => buildProjector(parseProjectorConfig(config), projector, options),
  ],
];

describe('a config with any value in any place', () => {
  it.each(readers)('of the %s is refused by a sentence of ours, or gives a network', async (_, config, build) => {
    expect(build(config)).toBeDefined();
    await fc.assert(
      fc.asyncProperty(fc.oneof(changedJson(config), fc.jsonValue()), async (value) => {
        await typed(refusals, () => Promise.resolve(build(value)));
      }),
      { numRuns: cases },
    );
  });
});
