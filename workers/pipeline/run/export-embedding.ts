import type { Subject } from '../../api.ts';
import { writeTextualInversion } from '../../checkpoint/textual-inversion.ts';
import { withFallbacks } from '../model/fallbacks.ts';
import { releaseEncoders, releaseNetwork, type LoadedModel } from '../model/loaded-model.ts';
import { encodeSubjects } from './encode-pins.ts';
import type { SamplingControls } from '../denoising/sampler.ts';

/**
 * The pseudo-word of subjects as a textual-inversion file. Where memory is short, encoders and network take turns.
 * @throws PinwordError 'cancelled' | 'out-of-memory' | 'device-lost', and what encodeSubjects throws
 */
export async function exportEmbedding(
  model: LoadedModel,
  subjects: readonly Subject[],
  token: string,
  { signal }: Pick<SamplingControls, 'signal'>,
): Promise<Blob> {
  if (!model.plan.keepEncoders) await releaseNetwork(model);
  // This call has no events, and what is given up here changes no picture.
  const rescue = { stage: 'encode', signal, say: () => undefined } as const;
  const vectors = await withFallbacks(model, rescue, () => encodeSubjects(model, subjects));
  if (!model.plan.keepEncoders) await releaseEncoders(model);
  return new Blob([writeTextualInversion(token, Float32Array.from(vectors), model.unifiedEncoder.dimension)]);
}
