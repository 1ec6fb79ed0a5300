import type { GuidanceSchedule, Notice } from '../../api.ts';
import { guidancePresets } from '../../contract/guidance-presets.ts';
import { notice } from '../../contract/notices.ts';
import { PinwordError } from '../../errors.ts';
import { capturesSteps, giveUpCapture } from '../denoising/capture-check.ts';
import type { Denoiser } from '../denoising/denoiser.ts';
import type { DenoiserMode } from '../denoising/denoiser-sessions.ts';
import type { LatentSize } from '../modules/latent-size.ts';
import type { LoadedModel } from './loaded-model.ts';

/** What of a run its denoiser depends on. */
type RunMode = Pick<DenoiserMode, 'keeps' | 'reuses' | 'looks' | 'references'> & {
  readonly schedule: GuidanceSchedule;
};

/** What a first run is most likely to be. */
export function usualRun({ lookEncoder }: Pick<LoadedModel, 'lookEncoder'>): RunMode {
  const looks = lookEncoder === null ? false : 'one';
  return { schedule: guidancePresets.paper.schedule, keeps: false, reuses: false, looks };
}

/**
 * Opens the denoiser as the plan says. Steps are captured where that helps; where they cannot be, they run plain from
 * then on.
 * @throws PinwordError 'out-of-memory' | 'device-lost' | 'internal'
 */
export async function openDenoiser(
  { backend, denoiser, plan }: LoadedModel,
  size: LatentSize,
  { schedule, ...run }: RunMode,
  say: (notice: Notice) => void,
): Promise<Denoiser> {
  // A session is captured for one kind of run, and a step with references has two.
  const captures = (run.references ?? 0) === 0 && (await capturesSteps(backend, plan, schedule));
  const mode = { ...run, branches: plan.branches, captures };
  try {
    return await denoiser.open(size, mode);
  } catch (error) {
    if (!captures || !(error instanceof PinwordError) || error.code !== 'internal') throw error;
    giveUpCapture(backend);
    say(notice('no-capture'));
    return denoiser.open(size, { ...mode, captures: false });
  }
}
