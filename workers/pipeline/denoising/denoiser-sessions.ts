import type { Precision } from '../../contract/memory.ts';
import type { UNetConfig } from '../../graph/config/unet-config.ts';
import { crossAttentionLayers } from '../../graph/modules/cross-attention-layers.ts';
import { buildCrossAttentionStates } from '../../graph/graphs/cross-attention-states.ts';
import { buildDenoisingStep } from '../../graph/graphs/denoising-step.ts';
import { buildFusedUpdate, type PreviewMatrix } from '../../graph/graphs/fused-update.ts';
import { computeType } from '../../graph/onnx/parameters.ts';
import { buildUNet } from '../../graph/graphs/unet.ts';
import { SessionSlot } from '../../runtime/session-slot.ts';
import { openSession, type Backend, type Session } from '../../runtime/sessions.ts';
import { BranchwiseDenoiser } from './branchwise-denoiser.ts';
import { gpuStepOutputs, type Denoiser } from './denoiser.ts';
import { FusedDenoiser } from './fused-denoiser.ts';
import { kernelsOf } from '../modules/kernels.ts';
import { partPrecision, type LoadedPart } from '../modules/loaded-part.ts';
import type { LatentSize } from '../modules/latent-size.ts';

export interface DenoiserParts {
  readonly unet: LoadedPart<UNetConfig>;
  readonly preview: PreviewMatrix;
}

export type BranchMode = 'together' | 'one-by-one';

/** The UNet's sessions for the size in use. */
export class DenoiserSessions {
  readonly #backend: Backend;
  readonly #parts: DenoiserParts;
  readonly #states = new SessionSlot();
  readonly #network = new SessionSlot();
  readonly #update = new SessionSlot();
  #current: { readonly key: string; readonly denoiser: Denoiser } | null = null;

  constructor(backend: Backend, parts: DenoiserParts) {
    this.#backend = backend;
    this.#parts = parts;
  }

  get precision(): Precision {
    return partPrecision(this.#parts.unet);
  }

  async open(size: LatentSize, branches: BranchMode): Promise<Denoiser> {
    const key = `${size.width}×${size.height} ${branches}`;
    if (this.#current?.key === key) return this.#current.denoiser;
    await this.#releaseSized();
    const denoiser = branches === 'together' ? await this.#openFused(size) : await this.#openBranchwise(size);
    this.#current = { key, denoiser };
    return denoiser;
  }

  async release(): Promise<void> {
    await this.#releaseSized();
    await this.#states.release();
  }

  /** Sessions for one size and mode at a time: each holds the network's weights. */
  async #releaseSized(): Promise<void> {
    this.#current?.denoiser.dispose();
    this.#current = null;
    await this.#network.release();
    await this.#update.release();
  }

  async #openFused(size: LatentSize): Promise<Denoiser> {
    const { unet } = this.#parts;
    const step = await this.#network.get('', () => {
      const graph = buildDenoisingStep(unet.config, unet.weights, this.#options(size));
      return openSession(this.#backend, graph.model, [unet.file], { gpuOutputs: gpuStepOutputs });
    });
    const sessions = { crossAttentionStates: await this.#openStates(), step };
    return FusedDenoiser.open(this.#backend, sessions, size, computeType(unet.weights));
  }

  async #openBranchwise(size: LatentSize): Promise<Denoiser> {
    const { unet: component } = this.#parts;
    const unet = await this.#network.get('', () => {
      const graph = buildUNet(component.config, component.weights, this.#options(size));
      return openSession(this.#backend, graph.model, [component.file], { gpuOutputs: ['noise_prediction'] });
    });
    const update = await this.#update.get('', () =>
      openSession(this.#backend, buildFusedUpdate(this.#options(size)), [], { gpuOutputs: gpuStepOutputs }),
    );
    const sessions = { crossAttentionStates: await this.#openStates(), unet, update };
    return BranchwiseDenoiser.open(this.#backend, sessions, size, computeType(component.weights));
  }

  #options({ height, width }: LatentSize) {
    return { kernels: kernelsOf(this.#backend), height, width, preview: this.#parts.preview };
  }

  #openStates(): Promise<Session> {
    const { unet } = this.#parts;
    return this.#states.get('', () => {
      const graph = buildCrossAttentionStates(unet.config, unet.weights, { kernels: kernelsOf(this.#backend) });
      const gpuOutputs = crossAttentionLayers(unet.config).flatMap(({ key, value }) => [key, value]);
      return openSession(this.#backend, graph.model, [unet.file], { gpuOutputs });
    });
  }
}
