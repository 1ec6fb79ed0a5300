import type { UNetConfig } from '../../graph/config/unet-config.ts';
import { buildCrossAttentionStates } from '../../graph/graphs/cross-attention-states.ts';
import { buildLookStates, lookStatesTensors } from '../../graph/graphs/look-states.ts';
import { crossAttentionLayers } from '../../graph/modules/cross-attention-layers.ts';
import { lookLayers } from '../../graph/modules/look-names.ts';
import { computeType } from '../../graph/onnx/parameters.ts';
import { SessionSlot } from '../../runtime/session-slot.ts';
import type { Feeds } from '../../runtime/run-into.ts';
import { openSession, runSession, type Backend, type Session } from '../../runtime/sessions.ts';
import type { LoadedPart } from '../modules/loaded-part.ts';
import type { Branch, ConditionSource, SourceKind } from '../modules/conditions.ts';
import { kernelsOf } from '../modules/kernels.ts';

/** A graph over the network's weights that makes keys and values of what a source says. */
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

const projections: Readonly<Record<SourceKind, Projection>> = {
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
};

/** The sessions of the projections, opened when a source of their kind is met. */
export class Projections {
  readonly #backend: Backend;
  #parts: ProjectionParts;
  readonly #slots = new Map<SourceKind, SessionSlot>();

  constructor(backend: Backend, parts: ProjectionParts) {
    this.#backend = backend;
    this.#parts = parts;
  }

  /** Keys and values of the branches. The caller disposes them. @throws PinwordError 'out-of-memory' | 'device-lost' */
  async run(source: ConditionSource, branches: readonly Branch[]): Promise<Feeds> {
    const { key, open } = projections[source.kind];
    const inputs = source.projectionInputs(branches);
    const slot = this.#slots.get(source.kind) ?? new SessionSlot();
    this.#slots.set(source.kind, slot);
    return runSession(await slot.get(key(inputs), () => open(this.#backend, this.#parts, inputs)), inputs);
  }

  async exchangeAdapter(ipAdapter: ProjectionParts['ipAdapter']): Promise<void> {
    this.#parts = { ...this.#parts, ipAdapter };
    await this.#slots.get('look')?.release();
  }

  async release(): Promise<void> {
    for (const slot of this.#slots.values()) await slot.release();
  }
}
