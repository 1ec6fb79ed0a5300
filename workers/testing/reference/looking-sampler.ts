import { guidancePresets } from '../../contract/guidance-presets.ts';
import type { GuidanceSettings } from '../../contract/settings.ts';
import { stableDiffusionPreview } from '../../pipeline/denoising/preview-matrix.ts';
import { DenoiserSessions, type DenoiserMode } from '../../pipeline/denoising/denoiser-sessions.ts';
import { TorchGenerator } from '../../pipeline/denoising/noise.ts';
import { Sampler } from '../../pipeline/denoising/sampler.ts';
import { startFromNoise } from '../../pipeline/denoising/sampling-start.ts';
import { timestepSinusoid } from '../../pipeline/denoising/timestep-embedding.ts';
import type { Conditions } from '../../pipeline/modules/conditions.ts';
import { TextSource } from '../../pipeline/modules/text-source.ts';
import type { LookSource } from '../../pipeline/modules/look-source.ts';
import { RunControl } from '../../pipeline/run/run-control.ts';
import { scheduleFor } from '../../schedulers/schedule-for.ts';
import { entry } from './reference-case.ts';
import { order, type ReferenceLook } from './reference-look.ts';
import { toTensor } from './reference-unet.ts';

export const lookingSize = { height: 8, width: 8 };

/** α, w and strengths of each step; the last hold to the end. */
interface Moments {
  readonly guidance: readonly GuidanceSettings[];
  readonly strengths: readonly (readonly number[])[];
}

interface LookingRun extends Moments {
  readonly steps: number;
  readonly branches: DenoiserMode['branches'];
  /** null for the text alone. */
  readonly look: LookSource | null;
  readonly captures?: boolean;
  readonly reuseInterval?: number;
  /** Steps that are reported, from 1. */
  readonly onStep?: (step: number) => void;
}

/** The network's sessions with an adapter beside it. */
export function lookingSessions({ unet, adapter }: ReferenceLook): DenoiserSessions {
  const part = ({ location, bytes }: { location: string; bytes: Uint8Array }) => ({ path: location, data: bytes });
  return new DenoiserSessions(unet.backend, {
    unet: { config: unet.config, weights: unet.weights, file: part(unet.weights) },
    ipAdapter: { weights: adapter, file: part(adapter) },
    preview: stableDiffusionPreview,
  });
}

/** @returns the final latents, [C · h·w] */
export async function sampleLooking(
  reference: ReferenceLook,
  sessions: DenoiserSessions,
  { steps, branches, look, guidance, strengths, onStep, captures = false, reuseInterval = 1 }: LookingRun,
): Promise<Float32Array> {
  const { backend, config } = reference.unet;
  const text = new TextSource(backend, toTensor(backend, entry(reference.reference, 'text')), order);
  const conditions: Conditions = {
    branches: new Set(order),
    sources: look === null ? [text] : [text, look],
    wordMaps: look?.wordMaps ?? null,
    references: [],
  };
  const schedule = scheduleFor('ddim', {}, { numInferenceSteps: steps, eta: 0, firstStep: 0 });
  const generator = new TorchGenerator(7);
  const control = new RunControl();
  const at = <T>(values: readonly T[], step: number): T => {
    const value = values[Math.min(step, values.length - 1)];
    if (value === undefined) throw new RangeError('There is no value for this step.');
    return value;
  };
  const move = (step: number): void => {
    control.guidance = at(guidance, step);
    control.strengths = { look: at(strengths, step), detail: [] };
  };
  move(0);
  const sinusoid = { flipSinToCos: config.flip_sin_to_cos, frequencyShift: config.freq_shift };
  let asked = 0;
  const sampler = new Sampler({
    backend,
    size: lookingSize,
    start: startFromNoise(generator.randn(config.out_channels * lookingSize.height * lookingSize.width), schedule),
    schedule,
    conditions,
    reuseInterval,
    guidanceSchedule: guidancePresets.paper.schedule,
    generator,
    timeEmbedding: (timestep) => timestepSinusoid(timestep, config.block_out_channels[0] ?? 0, sinusoid),
    timestepCond: null,
    previews: null,
    controls: {
      get guidance() {
        return control.guidance;
      },
      get strengths() {
        return control.strengths;
      },
      signal: control.signal,
      throwIfCancelled: () => {
        move(asked++);
        return control.throwIfCancelled();
      },
    },
    onStep: ({ step }) => onStep?.(step),
  });
  const denoiser = await sessions.open(lookingSize, {
    branches,
    keeps: false,
    reuses: reuseInterval > 1,
    captures,
    looks: sampler.looks,
  });
  await sampler.run(denoiser);
  return (await denoiser.read()).latents;
}
