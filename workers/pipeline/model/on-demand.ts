import { PinwordError } from '../../errors.ts';
import { moduleNames } from '../modules/non-finite-error.ts';
import type { VaeEncoder } from '../modules/vae-encoder.ts';
import type { LoadedModel } from './loaded-model.ts';

/**
 * The VAE's encoder, whose weights are loaded when something first needs it. From then on the memory plan counts it.
 * @throws PinwordError 'missing-tensor' where the checkpoint brings none; 'cancelled', and what loading weights throws
 */
export async function requireVaeEncoder(model: LoadedModel, signal: AbortSignal): Promise<VaeEncoder> {
  if (model.vaeEncoder === null) {
    const { load, weights } = model.loaders.vaeEncoder;
    Object.assign(model, await load(model.plan.precision, signal));
    const { memory } = model;
    const vae = memory.needs.weights.vae + (weights.vae ?? 0);
    memory.needs = { ...memory.needs, weights: { ...memory.needs.weights, vae } };
  }
  if (model.vaeEncoder === null) {
    throw new PinwordError(
      'missing-tensor',
      `${model.summary.name} brings no ${moduleNames.vaeEncoder}, so its pictures start from noise, without fine detail of what is pinned. Choose a checkpoint with a whole VAE.`,
    );
  }
  return model.vaeEncoder;
}
