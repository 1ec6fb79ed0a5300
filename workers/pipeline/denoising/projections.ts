import type { UNetConfig } from '../../graph/config/unet-config.ts';
import { buildCrossAttentionStates } from '../../graph/graphs/cross-attention-states.ts';
import { buildLookStates, lookStatesTensors } from '../../graph/graphs/look-states.ts';
import { buildRunBiases, runBiasNames } from '../../graph/graphs/run-biases.ts';
import { crossAttentionLayers } from '../../graph/modules/cross-attention-layers.ts';
import { lookLayers } from '../../graph/modules/look-names.ts';
import { computeType } from '../../graph/onnx/parameters.ts';
import { keepConstant } from '../../runtime/constant-tensors.ts';
import { SessionSlot } from '../../runtime/session-slot.ts';
import type { Feeds } from '../../runtime/run-into.ts';
import { openSession, runSession, type Backend, type Session } from '../../runtime/sessions.ts';
import type { LoadedPart } from '../modules/loaded-part.ts';
import type { SourceKind } from '../modules/conditions.ts';
import { kernelsOf } from '../modules/kernels.ts';

/** What is made once a run: keys and values of what a source says, and what steps add to all pixels alike. */
type ProjectionKind = SourceKind | 'biases';

/** A graph over the network's weights, run beside the steps. */
interface Projection {
  /** What of the inputs the graph is built for. */
  readonly key: (inputs: Feeds) => string;
  readonly open: (backend: Backend, parts: ProjectionParts, inputs: Feeds) => Promise<Session>;
}

/** What the graphs read. */
export interface ProjectionParts {
  readonly unet: LoadedPart<UNetConfig>;
  /** Keys and values for image tokens; null where the model has none. */
  readonly ipAdapter: Omit<LoadedPart<unknown>, 'config'> | null;
}

const imageTokensOf = (inputs: Feeds): number => inputs[lookStatesTensors.tokens]?.dims[1] ?? 0;
const tokensOf = ({ hidden_states: states }: Feeds): number => states?.dims[1] ?? 0;

const projections: Readonly<Record<ProjectionKind, Projection>> = {
  text: {
    key: (inputs) => String(tokensOf(inputs)),
    open: (backend, { unet: { config, weights, file } }, inputs) => {
      const options = { kernels: kernelsOf(backend), tokens: tokensOf(inputs) };
      const gpuOutputs = crossAttentionLayers(config).flatMap(({ key, value }) => [key, value]);
      return openSession(backend, buildCrossAttentionStates(config, weights, options).model, [file], { gpuOutputs });
    },
  },
  look: {
    key: (inputs) => String(imageTokensOf(inputs)),
    open: (backend, { unet, ipAdapter }, inputs) => {
      if (ipAdapter === null) throw new RangeError('Pictures are looked at without an adapter.');
      const options = {
        kernels: kernelsOf(backend),
        tokens: imageTokensOf(inputs),
        networkType: computeType(unet.weights),
      };
      const gpuOutputs = lookLayers(unet.config).flatMap(({ key, value }) => [key, value]);
      const graph = buildLookStates(unet.config, ipAdapter.weights, options);
      return openSession(backend, graph.model, [ipAdapter.file], { gpuOutputs });
    },
  },
  biases: {
    key: () => '',
    open: (backend, { unet: { config, weights, file } }) => {
      const { model } = buildRunBiases(config, weights, { kernels: kernelsOf(backend) });
      return openSession(backend, model, [file], { gpuOutputs: runBiasNames(config, weights.table) });
    },
  },
};

/** The sessions of the projections, opened when a source of their kind is met. */
export class Projections {
  readonly #backend: Backend;
  #parts: ProjectionParts;
  readonly #slots = new Map<ProjectionKind, SessionSlot>();

  constructor(backend: Backend, parts: ProjectionParts) {
    this.#backend = backend;
    this.#parts = parts;
  }

  /** The caller disposes what comes. @throws PinwordError 'out-of-memory' | 'device-lost' */
  async run(kind: ProjectionKind, inputs: Feeds): Promise<Feeds> {
    const { key, open } = projections[kind];
    const slot = this.#slots.get(kind) ?? new SessionSlot();
    this.#slots.set(kind, slot);
    return keepConstant(
      await runSession(await slot.get(key(inputs), () => open(this.#backend, this.#parts, inputs)), inputs),
    );
  }

  async exchangeAdapter(ipAdapter: ProjectionParts['ipAdapter']): Promise<void> {
    this.#parts = { ...this.#parts, ipAdapter };
    await this.#slots.get('look')?.release();
  }

  async release(): Promise<void> {
    for (const slot of this.#slots.values()) await slot.release();
  }
}
