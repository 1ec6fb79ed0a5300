import type { Subject } from '../../api.ts';
import { writeTextualInversion } from '../../checkpoint/kinds/textual-inversion.ts';
import { PinwordError, type ErrorCode } from '../../errors.ts';
import { withFallbacks } from '../model/fallbacks.ts';
import { releaseEncoders, releaseNetwork, type LoadedModel } from '../model/loaded-model.ts';
import { encodeSubjects } from '../encoding/encode-pins.ts';
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
  const vectors = await inTurn(model, () => encodeRescued(model, subjects, signal));
  return new Blob([writeTextualInversion(token, Float32Array.from(vectors), model.unifiedEncoder.dimension)]);
}

/**
 * The pseudo-word of each subject, to compare them with each other; null for one whose file cannot be read.
 * @returns [dimension] each; of an embedding its vectors' mean
 * @throws PinwordError 'cancelled' | 'out-of-memory' | 'device-lost' | 'no-image-encoder'
 */
export function pseudoWords(
  model: LoadedModel,
  subjects: readonly Subject[],
  control: Pick<SamplingControls, 'signal' | 'throwIfCancelled'>,
): Promise<readonly (Float32Array | null)[]> {
  return inTurn(model, async () => {
    const words: (Float32Array | null)[] = [];
    for (const subject of subjects) {
      await control.throwIfCancelled();
      const vectors = await encodeRescued(model, [subject], control.signal).catch(unlessUnreadable);
      words.push(vectors === null ? null : meanOf(vectors, model.unifiedEncoder.dimension));
    }
    return words;
  });
}

/** What the file is to blame for; all else stops the whole. */
const unreadable: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'not-an-image',
  'image-format',
  'image-truncated',
  'image-too-large',
  'image-too-small',
  'bad-embedding',
]);

function unlessUnreadable(error: unknown): null {
  if (error instanceof PinwordError && unreadable.has(error.code)) return null;
  throw error;
}

function meanOf(vectors: Float32Array, dimension: number): Float32Array {
  const count = vectors.length / dimension;
  return Float32Array.from({ length: dimension }, (_, index) => {
    let sum = 0;
    for (let row = 0; row < count; row++) sum += vectors[row * dimension + index] ?? 0;
    return sum / count;
  });
}

/** With the encoders alone on the GPU, where memory is short. */
async function inTurn<T>(model: LoadedModel, encode: () => Promise<T>): Promise<T> {
  if (!model.plan.keepEncoders) await releaseNetwork(model);
  const encoded = await encode();
  if (!model.plan.keepEncoders) await releaseEncoders(model);
  return encoded;
}

/** This has no events, and what is given up here changes no picture. */
function encodeRescued(model: LoadedModel, subjects: readonly Subject[], signal: AbortSignal): Promise<Float32Array> {
  const rescue = { stage: 'encode', signal, say: () => undefined } as const;
  return withFallbacks(model, rescue, () => encodeSubjects(model, subjects));
}
