import type { Precision } from '../../contract/memory.ts';
import type { UNetConfig } from '../../graph/config/unet-config.ts';
import { buildDenoisingStep, buildShallowStep, type DenoisingStepOptions } from '../../graph/graphs/denoising-step.ts';
import { buildFusedUpdate, updateOutputs, type PreviewMatrix } from '../../graph/graphs/fused-update.ts';
import { buildShallowUNet, buildUNet, deepFeaturesShape, unetTensors } from '../../graph/graphs/unet.ts';
import { detailLayers, detailTensors } from '../../graph/modules/detail-names.ts';
import type { Subjects } from '../../graph/modules/look-names.ts';
import { wordMapTensors } from '../../graph/modules/word-map-names.ts';
import { inpaintingChannels } from '../../graph/modules/unet-2d-condition-model.ts';
import { computeType, type BuiltGraph, type GraphWeights } from '../../graph/onnx/parameters.ts';
import { CapturedRun } from '../../runtime/captured-run.ts';
import { runInto, type RunInto } from '../../runtime/run-into.ts';
import { SessionSlot } from '../../runtime/session-slot.ts';
import { openSession, type Backend } from '../../runtime/sessions.ts';
import { BranchwiseRunner } from './branchwise-runner.ts';
import { DeepFeatures, type Reuse } from './deep-features.ts';
import { Denoiser } from './denoiser.ts';
import { FusedRunner } from './fused-runner.ts';
import { Projections, type ProjectionParts } from './projections.ts';
import type { StepRunner } from './step-runner.ts';
import { kernelsOf } from '../modules/kernels.ts';
import { partPrecision } from '../modules/loaded-part.ts';
import type { LatentSize } from '../modules/latent-size.ts';

interface DenoiserParts extends ProjectionParts {
  readonly preview: PreviewMatrix;
}

export interface DenoiserMode {
  readonly branches: 'together' | 'one-by-one';
  /** Whether each step blends back a part that is kept. */
  readonly keeps: boolean;
  /** Whether steps may take deep features of an earlier one. */
  readonly reuses: boolean;
  /** At whose pictures the network looks; false where it does not. */
  readonly looks: Subjects | false;
  /** How many references the unified branch sees; left out, none. Steps with some are never captured. */
  readonly references?: number;
  /** By whose words what references give is bound; false or left out where it is not. */
  readonly boundReferences?: Subjects | false;
  /** Whether steps are captured and replayed; only branches together can be. It pays where the same branches stay. */
  readonly captures: boolean;
}

/** The UNet's sessions for the size in use. */
export class DenoiserSessions {
  readonly #backend: Backend;
  readonly #parts: DenoiserParts;
  readonly #projections: Projections;
  readonly #network = new SessionSlot();
  readonly #shallow = new SessionSlot();
  readonly #update = new SessionSlot();
  readonly #captured: CapturedRun[] = [];
  #current: { readonly key: string; readonly denoiser: Denoiser; readonly captures: boolean } | null = null;

  constructor(backend: Backend, parts: DenoiserParts) {
    this.#backend = backend;
    this.#parts = parts;
    this.#projections = new Projections(backend, parts);
  }

  get precision(): Precision {
    return partPrecision(this.#parts.unet);
  }

  /** C, of the latents that are denoised. */
  get latentChannels(): number {
    return this.#parts.unet.config.out_channels;
  }

  /** Whether steps of the denoiser in use are captured. */
  get captures(): boolean {
    return this.#current?.captures === true;
  }

  async open(size: LatentSize, mode: DenoiserMode): Promise<Denoiser> {
    const key = `${size.width}×${size.height} ${mode.branches} ${mode.keeps ? 'keeps' : ''} ${mode.reuses ? 'reuses' : ''} ${mode.looks === false ? '' : `looks at ${mode.looks}`} ${mode.captures ? 'captures' : ''} ${mode.references ?? 0} ${mode.boundReferences ?? false}`;
    if (this.#current?.key === key) return this.#current.denoiser;
    await this.#releaseSized();
    const options = this.#options(size, mode);
    const runner =
      mode.branches === 'together' ? await this.#openFused(options, mode) : await this.#openBranchwise(options);
    const denoiser = await Denoiser.open(this.#backend, {
      size,
      keeps: mode.keeps,
      inpaintingChannels: inpaintingChannels(this.#parts.unet.config),
      latentChannels: this.latentChannels,
      computeType: computeType(this.#parts.unet.weights),
      detailLayers: (mode.references ?? 0) === 0 ? [] : detailLayers(this.#parts.unet.config),
      project: (source, group) => this.#projections.run(source.kind, source.projectionInputs(group)),
      makeBiases: (inputs) => this.#projections.run('biases', inputs),
      runner,
    });
    this.#current = { key, denoiser, captures: mode.captures };
    return denoiser;
  }

  /** Keys and values of a look come from another adapter from now on; the network's own sessions stay. */
  exchangeAdapter(ipAdapter: ProjectionParts['ipAdapter']): Promise<void> {
    return this.#projections.exchangeAdapter(ipAdapter);
  }

  async release(): Promise<void> {
    await this.#releaseSized();
    await this.#projections.release();
  }

  /** Sessions for one size and mode at a time: each holds the network's weights. */
  async #releaseSized(): Promise<void> {
    this.#current?.denoiser.dispose();
    this.#current = null;
    this.#captured.forEach((run) => {
      run.dispose();
    });
    this.#captured.length = 0;
    await this.#network.release();
    await this.#shallow.release();
    await this.#update.release();
  }

  async #openFused(options: DenoisingStepOptions, { captures }: DenoiserMode): Promise<StepRunner> {
    const network = { build: buildDenoisingStep, outputs: updateOutputs, captures };
    const step = await this.#openNetwork(this.#network, network, options);
    return new FusedRunner(step, await this.#openReuse({ ...network, build: buildShallowStep }, options));
  }

  async #openBranchwise(options: DenoisingStepOptions): Promise<StepRunner> {
    const network = { build: buildUNet, outputs: [unetTensors.noisePrediction], captures: false };
    const unet = await this.#openNetwork(this.#network, network, options);
    const reuse = await this.#openReuse({ ...network, build: buildShallowUNet }, options);
    const { latentChannels } = this;
    const update = await this.#update.get('', () => {
      const model = buildFusedUpdate({ ...options, latentChannels });
      return openSession(this.#backend, model, [], { gpuOutputs: updateOutputs });
    });
    const dims = [1, latentChannels, options.height * options.width];
    return BranchwiseRunner.open(this.#backend, { unet, update, reuse }, dims);
  }

  async #openReuse(network: Network, options: DenoisingStepOptions): Promise<Reuse | null> {
    if (options.givesDeepFeatures !== true) return null;
    const { config, weights } = this.#parts.unet;
    const shallow = await this.#openNetwork(this.#shallow, network, { ...options, givesDeepFeatures: false });
    const shape = deepFeaturesShape(config, options);
    return { shallow, features: new DeepFeatures(this.#backend, computeType(weights), shape) };
  }

  async #openNetwork(
    slot: SessionSlot,
    { build, outputs, captures }: Network,
    options: DenoisingStepOptions,
  ): Promise<RunInto> {
    const { config, weights, file } = this.#parts.unet;
    const features = options.givesDeepFeatures === true ? [unetTensors.deepFeatures] : [];
    const finds = options.look !== false || options.boundReferences !== false;
    const maps = finds && slot === this.#network ? [wordMapTensors.map] : [];
    const left = slot === this.#network && (options.references ?? 0) > 0 ? this.#leftByReferences : [];
    const settings = { gpuOutputs: [...outputs, ...features, ...maps, ...left], captures };
    const open = () => openSession(this.#backend, build(config, weights, options).model, [file], settings);
    if (!captures) {
      const session = await slot.get('', open);
      return (...call) => runInto(session, ...call);
    }
    const captured = await CapturedRun.open(this.#backend, slot, open);
    this.#captured.push(captured);
    return captured.runInto;
  }

  get #leftByReferences(): string[] {
    return detailLayers(this.#parts.unet.config).flatMap(({ index }) => [
      detailTensors.ownKey(index),
      detailTensors.ownValue(index),
    ]);
  }

  #options(
    { height, width }: LatentSize,
    { keeps, reuses, looks, references = 0, boundReferences = false }: DenoiserMode,
  ): DenoisingStepOptions {
    const { preview } = this.#parts;
    const kernels = kernelsOf(this.#backend);
    const seen = { look: looks, references, boundReferences };
    return { kernels, height, width, preview, keep: keeps, givesDeepFeatures: reuses, ...seen };
  }
}

/** The network of a step, or of a branch alone. */
interface Network {
  readonly build: (config: UNetConfig, weights: GraphWeights, options: DenoisingStepOptions) => BuiltGraph;
  readonly outputs: readonly string[];
  readonly captures: boolean;
}
