import type { UNetConfig } from '../../graph/config/unet-config.ts';
import { buildCrossAttentionStates } from '../../graph/graphs/cross-attention-states.ts';
import { crossAttentionLayers } from '../../graph/modules/cross-attention-layers.ts';
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
  readonly open: (backend: Backend, unet: LoadedPart<UNetConfig>, inputs: Feeds) => Promise<Session>;
}

const tokensOf = ({ hidden_states: states }: Feeds): number => states?.dims[1] ?? 0;

const projections: Readonly<Record<SourceKind, Projection>> = {
  text: {
    key: (inputs) => String(tokensOf(inputs)),
    open: (backend, { config, weights, file }, inputs) => {
      const options = { kernels: kernelsOf(backend), tokens: tokensOf(inputs) };
      const gpuOutputs = crossAttentionLayers(config).flatMap(({ key, value }) => [key, value]);
      return openSession(backend, buildCrossAttentionStates(config, weights, options).model, [file], { gpuOutputs });
    },
  },
};

/** The sessions of the projections, opened when a source of their kind is met. */
export class Projections {
  readonly #backend: Backend;
  readonly #unet: LoadedPart<UNetConfig>;
  readonly #slots = new Map<SourceKind, SessionSlot>();

  constructor(backend: Backend, unet: LoadedPart<UNetConfig>) {
    this.#backend = backend;
    this.#unet = unet;
  }

  /** Keys and values of the branches. The caller disposes them. @throws PinwordError 'out-of-memory' | 'device-lost' */
  async run(source: ConditionSource, branches: readonly Branch[]): Promise<Feeds> {
    const { key, open } = projections[source.kind];
    const inputs = source.projectionInputs(branches);
    const slot = this.#slots.get(source.kind) ?? new SessionSlot();
    this.#slots.set(source.kind, slot);
    return runSession(await slot.get(key(inputs), () => open(this.#backend, this.#unet, inputs)), inputs);
  }

  async release(): Promise<void> {
    for (const slot of this.#slots.values()) await slot.release();
  }
}
