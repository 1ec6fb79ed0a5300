import type { Precision } from '../../contract/memory.ts';
import type { UNetConfig } from '../../graph/config/unet-config.ts';
import { buildDenoisingStep } from '../../graph/graphs/denoising-step.ts';
import { buildFusedUpdate, updateOutputs, type PreviewMatrix } from '../../graph/graphs/fused-update.ts';
import { buildUNet } from '../../graph/graphs/unet.ts';
import { computeType } from '../../graph/onnx/parameters.ts';
import { SessionSlot } from '../../runtime/session-slot.ts';
import { openSession, type Backend } from '../../runtime/sessions.ts';
import { BranchwiseRunner } from './branchwise-runner.ts';
import { Denoiser } from './denoiser.ts';
import { FusedRunner } from './fused-runner.ts';
import { Projections } from './projections.ts';
import type { StepRunner } from './step-runner.ts';
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
  readonly #projections: Projections;
  readonly #network = new SessionSlot();
  readonly #update = new SessionSlot();
  #current: { readonly key: string; readonly denoiser: Denoiser } | null = null;

  constructor(backend: Backend, parts: DenoiserParts) {
    this.#backend = backend;
    this.#parts = parts;
    this.#projections = new Projections(backend, parts.unet);
  }

  get precision(): Precision {
    return partPrecision(this.#parts.unet);
  }

  /** C, of the latents that are denoised. */
  get latentChannels(): number {
    return this.#parts.unet.config.out_channels;
  }

  async open(size: LatentSize, branches: BranchMode): Promise<Denoiser> {
    const key = `${size.width}×${size.height} ${branches}`;
    if (this.#current?.key === key) return this.#current.denoiser;
    await this.#releaseSized();
    const runner = branches === 'together' ? await this.#openFused(size) : await this.#openBranchwise(size);
    const denoiser = await Denoiser.open(this.#backend, {
      size,
      latentChannels: this.latentChannels,
      computeType: computeType(this.#parts.unet.weights),
      project: (source, group) => this.#projections.run(source, group),
      runner,
    });
    this.#current = { key, denoiser };
    return denoiser;
  }

  async release(): Promise<void> {
    await this.#releaseSized();
    await this.#projections.release();
  }

  /** Sessions for one size and mode at a time: each holds the network's weights. */
  async #releaseSized(): Promise<void> {
    this.#current?.denoiser.dispose();
    this.#current = null;
    await this.#network.release();
    await this.#update.release();
  }

  async #openFused(size: LatentSize): Promise<StepRunner> {
    const { unet } = this.#parts;
    const step = await this.#network.get('', () => {
      const graph = buildDenoisingStep(unet.config, unet.weights, this.#options(size));
      return openSession(this.#backend, graph.model, [unet.file], { gpuOutputs: updateOutputs });
    });
    return new FusedRunner(step);
  }

  async #openBranchwise(size: LatentSize): Promise<StepRunner> {
    const { unet: component } = this.#parts;
    const unet = await this.#network.get('', () => {
      const graph = buildUNet(component.config, component.weights, this.#options(size));
      return openSession(this.#backend, graph.model, [component.file], { gpuOutputs: ['noise_prediction'] });
    });
    const options = { ...this.#options(size), latentChannels: this.latentChannels };
    const update = await this.#update.get('', () =>
      openSession(this.#backend, buildFusedUpdate(options), [], { gpuOutputs: updateOutputs }),
    );
    return BranchwiseRunner.open(this.#backend, { unet, update }, [1, this.latentChannels, size.height * size.width]);
  }

  #options({ height, width }: LatentSize) {
    return { kernels: kernelsOf(this.#backend), height, width, preview: this.#parts.preview };
  }
}
