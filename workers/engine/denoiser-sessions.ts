import type { InferenceSession } from 'onnxruntime-web';

import type { UNetConfig } from '../graph/config/unet-config.ts';
import { crossAttentionLayers } from '../graph/cross-attention-layers.ts';
import { buildCrossAttentionStates } from '../graph/cross-attention-states.ts';
import { buildDenoisingStep } from '../graph/denoising-step.ts';
import type { PreviewMatrix } from '../graph/fused-update.ts';
import { computeType } from '../graph/parameters.ts';
import { SessionSlot } from '../runtime/session-slot.ts';
import { openSession, type Backend } from '../runtime/sessions.ts';
import type { Component } from './component.ts';
import { gpuStepOutputs, type Denoiser, type LatentSize } from './denoiser.ts';
import { FusedDenoiser } from './fused-denoiser.ts';
import { kernelsOf } from './kernels.ts';

export interface DenoiserParts {
  readonly unet: Component<UNetConfig>;
  readonly preview: PreviewMatrix;
}

/** The UNet's sessions for the size in use. */
export class DenoiserSessions {
  readonly #backend: Backend;
  readonly #parts: DenoiserParts;
  readonly #states = new SessionSlot();
  readonly #step = new SessionSlot();
  #denoiser: { readonly size: LatentSize; readonly denoiser: Denoiser } | null = null;

  constructor(backend: Backend, parts: DenoiserParts) {
    this.#backend = backend;
    this.#parts = parts;
  }

  async open(size: LatentSize): Promise<Denoiser> {
    const current = this.#denoiser;
    if (current?.size.width === size.width && current.size.height === size.height) return current.denoiser;
    current?.denoiser.dispose();
    this.#denoiser = null;
    const { unet } = this.#parts;
    const sessions = { crossAttentionStates: await this.#openStates(), step: await this.#openStep(size) };
    const denoiser = new FusedDenoiser(this.#backend, sessions, size, computeType(unet.weights));
    this.#denoiser = { size, denoiser };
    return denoiser;
  }

  async release(): Promise<void> {
    this.#denoiser?.denoiser.dispose();
    this.#denoiser = null;
    await this.#states.release();
    await this.#step.release();
  }

  #openStates(): Promise<InferenceSession> {
    const { unet } = this.#parts;
    return this.#states.get('', () => {
      const graph = buildCrossAttentionStates(unet.config, unet.weights, { kernels: kernelsOf(this.#backend) });
      const gpuOutputs = crossAttentionLayers(unet.config).flatMap(({ key, value }) => [key, value]);
      return openSession(this.#backend, graph.model, [unet.file], { gpuOutputs });
    });
  }

  #openStep({ height, width }: LatentSize): Promise<InferenceSession> {
    const { unet, preview } = this.#parts;
    return this.#step.get(`${width}×${height}`, () => {
      const options = { kernels: kernelsOf(this.#backend), height, width, preview };
      const graph = buildDenoisingStep(unet.config, unet.weights, options);
      return openSession(this.#backend, graph.model, [unet.file], { gpuOutputs: gpuStepOutputs });
    });
  }
}
