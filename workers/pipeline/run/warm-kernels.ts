import { guidancePresets } from '../../contract/guidance-presets.ts';
import { settingTable } from '../../contract/settings.ts';
import { scheduleFor } from '../../schedulers/schedule-for.ts';
import { TorchGenerator } from '../denoising/noise.ts';
import { Sampler } from '../denoising/sampler.ts';
import { startFromNoise } from '../denoising/sampling-start.ts';
import { timeInputs } from '../denoising/timestep-embedding.ts';
import { readTexts } from '../encoding/read-texts.ts';
import type { LoadedModel } from '../model/loaded-model.ts';
import { openDenoiser, usualRun } from '../model/open-denoiser.ts';
import { unifiedPrompt } from '../prompt/unified-prompt.ts';
import { RunControl } from './run-control.ts';

/** What a first picture is guided by, so that as many branches are computed. */
export const usualControl = (): RunControl =>
  new RunControl({ alpha: settingTable.alpha.default, guidanceScale: settingTable.guidanceScale.default });

/**
 * Runs once, for nothing, what a first picture of the usual kind runs: a pinned picture and a caption, a step, and the
 * decoder. Browsers compile kernels when they first run, on the GPU and for the processor. Nothing of it is kept or said;
 * what fails here fails again, with its sentence, where somebody has asked for it.
 * @throws PinwordError 'cancelled' between two of these
 */
export async function warmKernels(model: LoadedModel, control: RunControl): Promise<void> {
  if (!canWarm(model)) return;
  const { backend, denoiser, memory, plan, subjectEncoder, tokenizer, unetConfig, unifiedEncoder } = model;
  const isPinned = subjectEncoder !== null;
  await control.throwIfCancelled();
  await subjectEncoder?.warm();
  await control.throwIfCancelled();
  const texts = await readTexts(model, { caption: 'a', negativePrompt: '', embeddings: [], longCaptions: false });
  const pins = isPinned ? [{ word: 0, rows: [0] }] : [];
  const prompt = unifiedPrompt(tokenizer, { ...texts, pins, subjectPositions: settingTable.subjectPositions.default });
  const pseudoWords = new Float32Array(isPinned ? unifiedEncoder.dimension : 0);
  const conditions = await unifiedEncoder.encode(prompt, pseudoWords);
  await control.throwIfCancelled();
  const size = { height: memory.needs.height, width: memory.needs.width };
  const schedule = scheduleFor('ddim', model.schedulerConfig, { numInferenceSteps: 1, eta: 0, firstStep: 0 });
  const generator = new TorchGenerator(0);
  const noise = generator.randn(denoiser.latentChannels * size.height * size.width);
  const sampler = new Sampler({
    backend,
    size,
    conditions,
    start: startFromNoise(noise, schedule),
    schedule,
    generator,
    reuseInterval: 1,
    guidanceSchedule: guidancePresets.paper.schedule,
    ...timeInputs(unetConfig),
    controls: control,
    previews: null,
    onStep: () => undefined,
  });
  await sampler.run(await openDenoiser(model, size, usualRun(model), () => undefined));
  await control.throwIfCancelled();
  await model.vaeDecoder.decode(sampler.latents, size, plan.vaeTile);
}

/** Where encoders and network take turns, sessions would be opened for nothing; a software adapter computes longer than it compiles. */
function canWarm({ backend, lookEncoder, plan, summary }: LoadedModel): boolean {
  return plan.keepEncoders && lookEncoder === null && !summary.isForInpainting && backend.gpu?.software !== true;
}
