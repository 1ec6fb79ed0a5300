/** A model's CLIP encoders, opened for a while beside its runs to compare pictures and captions. */
import { blobSource } from '../../checkpoint/bytes/byte-source.ts';
import { readSafetensorsTable } from '../../checkpoint/tensor-files/safetensors.ts';
import { readTextProjection } from '../../checkpoint/kinds/text-projection.ts';
import { precisions } from '../../contract/memory.ts';
import { splitWords } from '../../contract/words.ts';
import { PinwordError } from '../../errors.ts';
import type { SamplingControls } from '../denoising/sampler.ts';
import {
  releaseEncoders,
  releaseModel,
  releaseNetwork,
  type LoadedModel,
  type ModelJudge,
} from '../model/loaded-model.ts';
import { ClipJudge } from '../modules/clip-judge.ts';
import { NonFiniteError } from '../modules/non-finite-error.ts';

export type JudgeControl = Pick<SamplingControls, 'signal' | 'throwIfCancelled'>;

interface Compared {
  readonly captions: readonly string[];
  /** A safetensors file with `text_projection.weight`, where the model has none at hand. */
  readonly textProjection: Blob | null;
}

/**
 * Lets `compare` use the encoders; where it overflows or runs out of memory, once more with more of either.
 * @throws PinwordError 'no-image-encoder', 'missing-tensor' for a text projection that does not fit, 'out-of-memory',
 *   'device-lost', 'nan-output', and what `compare` throws
 */
export async function withJudge<T>(
  model: LoadedModel,
  compared: Compared,
  control: JudgeControl,
  compare: (clip: ClipJudge, projection: Float32Array | null) => Promise<T>,
): Promise<T> {
  const { judge } = model;
  if (judge === null) {
    throw new PinwordError(
      'no-image-encoder',
      `${model.summary.name} has no image encoder, so nothing can say how near a picture is. Choose a model that has one.`,
    );
  }
  const projection = await projectionFor(judge, compared);
  let { precision } = model.plan;
  await makeRoom(model);
  for (let hasRoom = false; ;) {
    const clip = new ClipJudge(model.backend, await judge.load(precision, control.signal), judge.preprocessor);
    try {
      return await compare(clip, projection);
    } catch (error) {
      if (error instanceof NonFiniteError && precision === 'f16') precision = 'f32';
      else if (!hasRoom && error instanceof PinwordError && error.code === 'out-of-memory') {
        hasRoom = true;
        await clip.release();
        await releaseModel(model);
      } else throw error;
    } finally {
      await clip.release();
    }
  }
}

/** The encoders are opened a second time; where that does not fit, those of runs make way, and open again with the next one. */
async function makeRoom(model: LoadedModel): Promise<void> {
  const { plan, memory } = model;
  const more = memory.needs.weights.encoders * precisions[plan.precision].bytes;
  if (plan.keepEncoders && plan.predictedBytes + more <= memory.limits.budget) return;
  if (!plan.keepEncoders) await releaseNetwork(model);
  await releaseEncoders(model);
}

/** @returns null where captions cannot be scored, or there is none */
async function projectionFor(
  { ownTextProjection, widths }: ModelJudge,
  { captions, textProjection }: Compared,
): Promise<Float32Array | null> {
  if (captions.every((caption) => splitWords(caption).length === 0)) return null;
  if (ownTextProjection !== null) return ownTextProjection();
  if (textProjection === null) return null;
  const source = blobSource('The text projection', textProjection);
  return readTextProjection(source, await readSafetensorsTable(source), widths);
}
