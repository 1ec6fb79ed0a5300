import { describe, expect, it } from 'vitest';

import { parseClipVisionConfig } from '../../graph/config/clip-config.ts';
import { buildSafetyChecker } from '../../graph/graphs/safety-checker.ts';
import { type Backend, openSession, runSession } from '../../runtime/sessions.ts';
import { floatTensor, output, takeFloats } from '../../runtime/tensors.ts';
import { nodeBackend, providers } from '../../testing/gpu/node-backend.ts';
import {
  entry,
  readReferenceJson,
  readReferenceTensors,
  readReferenceWeights,
  relativeError,
} from '../../testing/reference/reference-case.ts';
import { readTensorFile, readWeightFile, tensorBytes } from '../../testing/reference/reference-file.ts';
import { kernelsOf } from './kernels.ts';
import { isFlagged, type SafetyScores } from './safety-decision.ts';

const weightsPath = 'sd15/safety_checker/model.safetensors';

async function scorePictures(backend: Backend): Promise<SafetyScores[]> {
  const config = parseClipVisionConfig(await readReferenceJson('sd15', 'safety_checker/config.json'));
  const weights = await readReferenceWeights('sd15', 'safety_checker/model.safetensors');
  const { model } = buildSafetyChecker(config, weights, { kernels: kernelsOf(backend) });
  const session = await openSession(backend, model, [{ path: weights.location, data: weights.bytes }]);
  const { values, shape } = entry(await readReferenceTensors('sd15', 'reference/image.safetensors'), 'pixel_values');
  const size = values.length / (shape[0] ?? 1);
  const scores: SafetyScores[] = [];
  for (let start = 0; start < values.length; start += size) {
    const results = await runSession(session, {
      pixel_values: floatTensor(backend, values.slice(start, start + size), [1, ...shape.slice(1)]),
    });
    scores.push({
      concepts: await takeFloats(output(results, 'concept_scores')),
      specialCare: await takeFloats(output(results, 'special_care_scores')),
    });
  }
  await session.release();
  return scores;
}

describe.each(providers)('the safety checker on %s', (provider) => {
  it('scores and flags pictures as diffusers does', async () => {
    const scores = await scorePictures(await nodeBackend(provider));
    const reference = await readReferenceTensors('sd15', 'reference/image.safetensors');
    const thresholds = await readTensorFile(weightsPath);
    for (const [kind, key] of [
      ['concepts', 'concept'],
      ['specialCare', 'special_care'],
    ] as const) {
      const limits = entry(thresholds, `${key}_embeds_weights`).values;
      const cosines = scores.flatMap((picture) =>
        Array.from(picture[kind], (score, index) => score + (limits[index] ?? NaN)),
      );
      expect(relativeError(Float32Array.from(cosines), entry(reference, `safety.${key}_cosines`).values)).toBeLessThan(
        1e-4,
      );
    }
    const { bytes } = tensorBytes(await readWeightFile('sd15/reference/image.safetensors'), 'safety.flags');
    expect(scores.map(isFlagged)).toEqual(Array.from(bytes, (flag) => flag === 1));
  });
});

describe('the decision of the safety checker', () => {
  const scores = (concept: number, special: number): SafetyScores => ({
    concepts: Float32Array.of(-1, concept),
    specialCare: Float32Array.of(-1, special),
  });

  it('needs a concept that stays above its threshold after rounding to three decimals', () => {
    expect([0.001, 0.0006, 0.0004, 0, -0.2].map((concept) => isFlagged(scores(concept, -1)))).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
  });

  it('is stricter by 0.01 once special care is raised, which alone flags nothing', () => {
    expect(isFlagged(scores(-0.008, 0.1))).toBe(true);
    expect(isFlagged(scores(-0.008, -0.1))).toBe(false);
    expect(isFlagged(scores(-0.011, 0.1))).toBe(false);
  });
});
