import type { LoadProgress } from '../../api.ts';
import { PinwordError } from '../../errors.ts';
import { openDenoiser, usualRun } from './open-denoiser.ts';
import { releaseModel, type LoadedModel } from './loaded-model.ts';
import { partSpecs } from './parts.ts';

interface Opening {
  readonly label: string;
  readonly open: () => Promise<unknown>;
}

/** In the order of a run, as far as the plan lets them stand side by side: encoders that are released come alone. */
function openings(model: LoadedModel): Opening[] {
  const { plan, memory, unifiedEncoder, subjectEncoder, vaeDecoder } = model;
  const size = { height: memory.needs.height, width: memory.needs.width };
  const encoders = [
    ...(subjectEncoder === null ? [] : [{ label: partSpecs.imageEncoder.label, open: () => subjectEncoder.open() }]),
    { label: partSpecs.textEncoder.label, open: () => unifiedEncoder.open(subjectEncoder !== null) },
  ];
  const network = [
    {
      label: partSpecs.unet.label,
      open: () => openDenoiser(model, size, usualRun(model), () => undefined),
    },
    { label: partSpecs.vaeDecoder.label, open: () => vaeDecoder.open(size, plan.vaeTile) },
  ];
  return plan.keepEncoders ? [...encoders, ...network] : encoders;
}

/**
 * Opens the sessions of a first picture of the model's own size, so that "ready" is true. Where memory runs out, all are
 * closed again: a run opens them by itself, and falls back where it must.
 * @throws PinwordError 'cancelled' between two of them; 'device-lost' | 'internal'
 */
export async function openSessions(
  model: LoadedModel,
  { signal, onProgress }: { readonly signal: AbortSignal; readonly onProgress: (progress: LoadProgress) => void },
): Promise<void> {
  const all = openings(model);
  for (const [index, { label, open }] of all.entries()) {
    if (signal.aborted) throw new PinwordError('cancelled', 'The model was not loaded.');
    onProgress({ phase: 'prepare', file: label, bytes: index, totalBytes: all.length });
    try {
      await open();
    } catch (error) {
      if (!(error instanceof PinwordError) || error.code !== 'out-of-memory') throw error;
      await releaseModel(model);
      return;
    }
  }
}
