import type { GenerateRequest, GeneratedPicture, Pixels } from '../../api.ts';
import { notice } from '../../contract/notices.ts';
import { toErrorData } from '../../errors.ts';
import { scheduleFor } from '../../schedulers/schedule-for.ts';
import { withFallbacks, type Rescue } from '../model/fallbacks.ts';
import { openDenoiser } from '../model/open-denoiser.ts';
import { releaseNetwork, type LoadedModel } from '../model/loaded-model.ts';
import { firstStepFor } from './first-step.ts';
import { guidanceScheduleOf } from './guidance-of-request.ts';
import type { PictureRun } from '../encoding/picture-run.ts';
import { TorchGenerator } from '../denoising/noise.ts';
import { Sampler } from '../denoising/sampler.ts';
import { mixNoise } from '../denoising/mix-noise.ts';
import { startFromNoise } from '../denoising/sampling-start.ts';
import { startFromPicture } from '../denoising/start-from-picture.ts';
import { timeInputs } from '../denoising/timestep-embedding.ts';
import type { LatentSize } from '../modules/latent-size.ts';
import type { Conditions } from '../modules/conditions.ts';
import { pasteMarked } from '../../images/picture-mask.ts';
import type { RunStart } from '../encoding/encode-start.ts';
import { TinyPreviews } from './tiny-previews.ts';

/** What all pictures of a request are made from. */
interface Given {
  readonly size: LatentSize;
  readonly conditions: Conditions;
  /** null where they begin with noise alone. */
  readonly start: RunStart | null;
}

/** The seeds of one picture of a request. */
interface Seeds {
  readonly seed: number;
  readonly variationSeed: number;
}

/** Each picture takes the next seed; where noise is mixed, the next one to mix in, as AUTOMATIC1111 counts. */
function seedsOf({ seed, variation, variationSeed }: GenerateRequest, picture: number): Seeds {
  const next = (first: number): number => (first + picture) % 2 ** 32;
  return variation > 0 ? { seed, variationSeed: next(variationSeed) } : { seed: next(seed), variationSeed };
}

/** Conditions → picture: denoises, decodes and checks. Each stage falls back by itself and goes on where it was. */
export async function makePicture(
  model: LoadedModel,
  request: GenerateRequest,
  given: Given,
  run: PictureRun,
): Promise<GeneratedPicture> {
  const { picture, control } = run;
  const seeds = seedsOf(request, picture);
  await control.throwIfCancelled();
  const sampler = samplerFor(model, request, given, seeds, run);
  const made = await sampleAndDecode(model, request, sampler, given.size, run);
  const { picture: original, mask } = given.start?.framed ?? { picture: null, mask: null };
  const pixels = original === null || mask === null ? made : pasteMarked(made, original, mask);
  await control.throwIfCancelled();
  return {
    index: picture,
    ...seeds,
    pixels,
    flagged: request.checkResult ? await checkPicture(model, pixels, run) : null,
  };
}

async function sampleAndDecode(
  model: LoadedModel,
  request: GenerateRequest,
  sampler: Sampler,
  size: LatentSize,
  { picture, control, watch, emit, say }: PictureRun,
): Promise<Pixels> {
  const rescue = (stage: Rescue['stage']): Rescue => ({
    stage,
    say,
    signal: control.signal,
    saveResults: () => sampler.moveToHost(),
  });
  const denoise = async (): Promise<void> => {
    emit({ type: 'phase', phase: 'denoise', picture });
    const mode = {
      schedule: guidanceScheduleOf(request),
      keeps: sampler.keeps,
      reuses: request.reuseInterval > 1,
      looks: sampler.looks,
      references: sampler.references,
      boundReferences: sampler.boundReferences,
    };
    await sampler.run(await openDenoiser(model, size, mode, say));
  };
  await watch.time('denoise', () => withFallbacks(model, rescue('denoise'), denoise));
  await control.throwIfCancelled();
  emit({ type: 'phase', phase: 'decode', picture });
  const decode = (): Promise<Pixels> => {
    const tiny = request.autoencoder === 'tiny' ? model.tinyDecoder : null;
    return (tiny ?? model.vaeDecoder).decode(sampler.latents, size, model.plan.vaeTile);
  };
  return watch.time('decode', () => withFallbacks(model, rescue('decode'), decode));
}

/** @returns null where the checkpoint ships no safety checker, and where it failed: a finished picture is not lost to that */
async function checkPicture(model: LoadedModel, pixels: Pixels, run: PictureRun): Promise<boolean | null> {
  if (model.safetyChecker === null) return null;
  run.emit({ type: 'phase', phase: 'check', picture: run.picture });
  try {
    return await flagsOf(model, pixels, run);
  } catch (error) {
    const { code, message } = toErrorData(error);
    if (code === 'cancelled') throw error;
    run.say(notice('unchecked', message));
    return null;
  }
}

async function flagsOf(model: LoadedModel, pixels: Pixels, { control, say }: PictureRun): Promise<boolean | null> {
  if (!model.plan.keepEncoders) await releaseNetwork(model);
  try {
    return await withFallbacks(model, { stage: 'encode', say, signal: control.signal }, () =>
      Promise.resolve(model.safetyChecker?.flags(pixels) ?? null),
    );
  } finally {
    if (!model.plan.keepEncoders) await model.safetyChecker?.release();
  }
}

function samplerFor(
  model: LoadedModel,
  request: GenerateRequest,
  { size, conditions, start }: Given,
  { seed, variationSeed }: Seeds,
  { picture, control, watch, emit, say }: PictureRun,
): Sampler {
  const { backend, denoiser, unetConfig, schedulerConfig } = model;
  const firstStep = firstStepFor(request);
  const options = { numInferenceSteps: request.steps, eta: request.eta, firstStep };
  const schedule = scheduleFor(request.scheduler, schedulerConfig, options);
  const generator = new TorchGenerator(seed);
  const count = denoiser.latentChannels * size.height * size.width;
  const drawNoise = (): Float32Array<ArrayBuffer> => {
    const noise = generator.randn(count);
    if (request.variation === 0) return noise;
    return mixNoise(noise, new TorchGenerator(variationSeed).randn(count), request.variation, size);
  };
  return new Sampler({
    backend,
    size,
    conditions,
    start:
      start === null
        ? startFromNoise(drawNoise(), schedule)
        : startFromPicture(start.encoded, { generator, drawNoise, schedule, firstStep }),
    schedule,
    generator,
    reuseInterval: request.reuseInterval,
    guidanceSchedule: guidanceScheduleOf(request),
    ...timeInputs(unetConfig),
    controls: control,
    previews: request.previews === 'tiny' ? new TinyPreviews(model, size, say) : null,
    onStep: (step) => {
      watch.previewShown();
      emit({ type: 'step', picture, steps: request.steps, ...step });
    },
  });
}
