import type { Tensor } from 'onnxruntime-web';

import type { GenerateEvent, GenerateRequest, GeneratedPicture, GenerateSummary, Notice, Pixels } from '../api.ts';
import { scheduleFor } from '../schedulers/schedule-for.ts';
import type { LatentSize } from './denoiser.ts';
import { withFallbacks } from './fallbacks.ts';
import { releaseEncoders, type LoadedModel } from './loaded-model.ts';
import { TorchGenerator } from './noise.ts';
import { sampleLatents, type SamplingControls } from './sampling.ts';
import { Stopwatch } from './stopwatch.ts';
import { encodePins } from './pinned-subjects.ts';
import type { Conditions } from './text-conditions.ts';
import { timestepSinusoid } from './timestep-embedding.ts';
import { captionTokens } from './caption-words.ts';
import { loadNamedEmbeddings, type LoadedEmbedding } from './installed-embeddings.ts';
import { unifiedPrompt } from './unified-prompt.ts';
import { validateCaption, validateSettings } from './validate-request.ts';

const maxSize = 1024;

/**
 * Makes the pictures of a request, one after the other (UMM-Diffusion, 3.2 and 3.3).
 * @throws PinwordError for a request that cannot be carried out, 'cancelled', 'out-of-memory', 'device-lost'
 */
export async function generatePictures(
  model: LoadedModel,
  request: GenerateRequest,
  control: SamplingControls,
  emit: (event: GenerateEvent) => void,
): Promise<GenerateSummary> {
  validateSettings(request, { sizeMultiple: model.summary.sizeMultiple, maxSize });
  const embeddings = await loadNamedEmbeddings([request.caption, request.negativePrompt], request.embeddings, model.textConditions.dimension);
  validateCaption(request, captionTokens(model.tokenizer, request.caption, embeddings));
  const watch = new Stopwatch();
  const say = (notice: Notice) => {
    emit({ type: 'notice', notice });
  };
  const conditions = await encodeConditions(model, request, embeddings, { picture: 0, control, watch, emit });
  try {
    for (let picture = 0; picture < request.count; picture++) {
      const run = { picture, control, watch, emit };
      const made = await withFallbacks(model, say, () => makePicture(model, request, conditions, run));
      emit({ type: 'picture', picture: made });
    }
  } finally {
    conditions.hiddenStates.dispose();
  }
  return {
    pictures: request.count,
    timings: watch.timings(request.steps * request.count),
    provider: model.summary.provider,
    adapter: model.backend.gpu?.adapterName ?? 'CPU',
  };
}

interface PictureRun {
  readonly picture: number;
  readonly control: SamplingControls;
  readonly watch: Stopwatch;
  readonly emit: (event: GenerateEvent) => void;
}

/** Pictures and caption → hidden states of the branches. Where memory is short, encoders and network take turns. */
async function encodeConditions(model: LoadedModel, request: GenerateRequest, embeddings: readonly LoadedEmbedding[], run: PictureRun): Promise<Conditions> {
  const { picture, watch, emit } = run;
  if (!model.plan.keepEncoders) await model.denoiser.release();
  if (request.pins.length > 0) emit({ type: 'phase', phase: 'encode-subjects', picture });
  const subjects = await watch.time('encodeSubjects', () => encodePins(model, request.pins, run.control));
  run.control.throwIfCancelled();
  emit({ type: 'phase', phase: 'encode-text', picture });
  const prompt = unifiedPrompt(model.tokenizer, { ...request, pins: subjects.pins, embeddings });
  const conditions = await watch.time('encodeText', () => model.textConditions.encode(prompt, subjects.pseudoWords));
  if (!model.plan.keepEncoders) await releaseEncoders(model);
  return conditions;
}

async function makePicture(model: LoadedModel, request: GenerateRequest, conditions: Conditions, run: PictureRun): Promise<GeneratedPicture> {
  const { picture, control, watch, emit } = run;
  const seed = (request.seed + picture) % 2 ** 32;
  const size = { height: request.height / model.decoder.scale, width: request.width / model.decoder.scale };
  control.throwIfCancelled();
  emit({ type: 'phase', phase: 'denoise', picture });
  const latents = await watch.time('denoise', () => denoise(model, request, conditions, { ...run, seed, size }));
  try {
    control.throwIfCancelled();
    emit({ type: 'phase', phase: 'decode', picture });
    const pixels = await watch.time('decode', () => model.decoder.decode(latents, size, model.plan.vaeTile));
    control.throwIfCancelled();
    return { index: picture, seed, pixels, flagged: request.checkResult ? await checkPicture(model, pixels, run) : null };
  } finally {
    latents.dispose();
  }
}

/** @returns null where the checkpoint ships no safety checker */
async function checkPicture({ safetyCheck, plan }: LoadedModel, pixels: Pixels, { picture, emit }: PictureRun): Promise<boolean | null> {
  if (safetyCheck === null) return null;
  emit({ type: 'phase', phase: 'check', picture });
  const flagged = await safetyCheck.flags(pixels);
  if (!plan.keepEncoders) await safetyCheck.release();
  return flagged;
}

async function denoise(
  model: LoadedModel,
  request: GenerateRequest,
  conditions: Conditions,
  { seed, size, picture, control, watch, emit }: PictureRun & { readonly seed: number; readonly size: LatentSize },
): Promise<Tensor> {
  const { unetConfig } = model;
  const [channels = 0] = unetConfig.block_out_channels;
  const sinusoid = { flipSinToCos: unetConfig.flip_sin_to_cos, frequencyShift: unetConfig.freq_shift };
  return sampleLatents({
    denoiser: await model.denoiser.open(size, model.plan.branches),
    size,
    schedule: scheduleFor(request.scheduler, model.schedulerConfig, request.steps, request.eta),
    conditions,
    generator: new TorchGenerator(seed),
    timeEmbedding: (timestep) => timestepSinusoid(timestep, channels, sinusoid),
    controls: control,
    onStep: (step) => {
      watch.previewShown();
      emit({ type: 'step', picture, steps: request.steps, ...step });
    },
  });
}
