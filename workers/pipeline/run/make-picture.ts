import type { GenerateRequest, GeneratedPicture, Pixels } from '../../api.ts';
import { notice } from '../../contract/notices.ts';
import { toErrorData } from '../../errors.ts';
import { scheduleFor } from '../../schedulers/schedule-for.ts';
import { withFallbacks, type Rescue } from '../model/fallbacks.ts';
import { releaseNetwork, type LoadedModel } from '../model/loaded-model.ts';
import { guidanceScheduleOf } from './guidance-of-request.ts';
import type { PictureRun } from './picture-run.ts';
import { TorchGenerator } from '../denoising/noise.ts';
import { Sampler } from '../denoising/sampler.ts';
import { startFromNoise } from '../denoising/sampling-start.ts';
import { guidanceScaleEmbedding, timestepSinusoid } from '../denoising/timestep-embedding.ts';
import type { LatentSize } from '../modules/latent-size.ts';
import type { Conditions } from '../modules/conditions.ts';

/** Conditions → picture: denoises, decodes and checks. Each stage falls back by itself and goes on where it was. */
export async function makePicture(
  model: LoadedModel,
  request: GenerateRequest,
  size: LatentSize,
  conditions: Conditions,
  run: PictureRun,
): Promise<GeneratedPicture> {
  const { picture, control } = run;
  const seed = (request.seed + picture) % 2 ** 32;
  await control.throwIfCancelled();
  const pixels = await sampleAndDecode(
    model,
    request,
    samplerFor(model, request, { seed, size, conditions }, run),
    size,
    run,
  );
  await control.throwIfCancelled();
  return { index: picture, seed, pixels, flagged: request.checkResult ? await checkPicture(model, pixels, run) : null };
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
    const { branches } = model.plan;
    await sampler.run(await model.denoiser.open(size, { branches, keeps: false, reuses: request.reuseInterval > 1 }));
  };
  await watch.time('denoise', () => withFallbacks(model, rescue('denoise'), denoise));
  await control.throwIfCancelled();
  emit({ type: 'phase', phase: 'decode', picture });
  const decode = (): Promise<Pixels> => model.vaeDecoder.decode(sampler.latents, size, model.plan.vaeTile);
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
  { backend, denoiser, unetConfig, schedulerConfig }: LoadedModel,
  request: GenerateRequest,
  { seed, size, conditions }: { readonly seed: number; readonly size: LatentSize; readonly conditions: Conditions },
  { picture, control, watch, emit }: PictureRun,
): Sampler {
  const [channels = 0] = unetConfig.block_out_channels;
  const { time_cond_proj_dim: condDim } = unetConfig;
  const sinusoid = { flipSinToCos: unetConfig.flip_sin_to_cos, frequencyShift: unetConfig.freq_shift };
  const options = { numInferenceSteps: request.steps, eta: request.eta, firstStep: 0 };
  const schedule = scheduleFor(request.scheduler, schedulerConfig, options);
  const generator = new TorchGenerator(seed);
  return new Sampler({
    backend,
    size,
    conditions,
    start: startFromNoise(generator.randn(denoiser.latentChannels * size.height * size.width), schedule),
    schedule,
    generator,
    reuseInterval: request.reuseInterval,
    guidanceSchedule: guidanceScheduleOf(request),
    timeEmbedding: (timestep) => timestepSinusoid(timestep, channels, sinusoid),
    timestepCond: condDim === null ? null : (guidanceScale) => guidanceScaleEmbedding(guidanceScale, condDim),
    controls: control,
    onStep: (step) => {
      watch.previewShown();
      emit({ type: 'step', picture, steps: request.steps, ...step });
    },
  });
}
