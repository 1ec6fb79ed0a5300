import { lookTensors } from '../../graph/modules/look-names.ts';
import type { LookGrids } from '../../graph/modules/look-grids.ts';
import { lookStatesTensors } from '../../graph/graphs/look-states.ts';
import type { Feeds } from '../../runtime/run-into.ts';
import type { Backend } from '../../runtime/sessions.ts';
import { floatTensor, intTensor } from '../../runtime/tensors.ts';
import type { Branch, ConditionSource, HostFeed, HostFeeds, StepMoment } from './conditions.ts';
import type { PinnedWords } from './pinned-words.ts';

/** Image tokens, [T, D] f32. */
export type LookTokens = Float32Array<ArrayBuffer>;

/** How a pin speaks by its look. */
export interface LookSubject {
  /** Of all its pictures, one after the other; null of a pin without a look, which only claims its places. */
  readonly tokens: LookTokens | null;
  /** By the layers' order in adapter files. */
  readonly layerWeights: readonly number[];
}

interface LookSettings {
  /** One for each of the words. */
  readonly subjects: readonly LookSubject[];
  readonly words: PinnedWords;
  /** Of no picture. */
  readonly negative: LookTokens;
  /** D */
  readonly dimension: number;
  /** The layers' numbers, in the order of adapter files. */
  readonly layers: readonly number[];
  readonly grids: LookGrids;
}

/** With the look bound to its word the layout forms from text alone: no look before this share of the steps (Conceptrol). */
const boundFrom = 0.2;

/** What is added to the scores of tokens that are none. */
const paddingBias = -1e4;

/**
 * What the network sees of the pinned pictures: image tokens in a second cross-attention (Ye et al. 2023). The unified
 * branch attends to them, the text alone does not, and the unconditional one attends to those of no picture as strongly.
 * Where α is 0 nobody does, so that plain Stable Diffusion is left.
 */
export class LookSource implements ConditionSource {
  readonly kind = 'look';
  readonly #backend: Backend;
  readonly #settings: LookSettings;
  /** T: of the subject with most. */
  readonly #tokens: number;
  /** The feeds of the last step by their branches: what did not change stays the same object. */
  readonly #last = new Map<string, { readonly key: string; readonly feeds: HostFeeds }>();

  constructor(backend: Backend, settings: LookSettings) {
    this.#backend = backend;
    this.#settings = settings;
    const { subjects, negative, dimension } = settings;
    this.#tokens = Math.max(
      ...[negative, ...subjects.map(({ tokens }) => tokens ?? negative)].map(({ length }) => length / dimension),
    );
  }

  /** What gates it. */
  get wordMaps(): PinnedWords {
    return this.#settings.words;
  }

  projectionInputs(branches: readonly Branch[]): Feeds {
    const { subjects, negative, dimension, layers } = this.#settings;
    const size = this.#tokens * dimension;
    const all = [...subjects.map(({ tokens }) => tokens ?? negative), negative];
    const values = new Float32Array(all.length * size);
    for (const [row, tokens] of all.entries()) values.set(tokens, row * size);
    const rows = this.#rows(branches);
    const tokenRows = rows.map(({ branch, subject }) => (branch === 'unconditional' ? subjects.length : subject));
    const weights = layers.map((layer, index) => [
      lookStatesTensors.weight(layer),
      floatTensor(
        this.#backend,
        Float32Array.from(rows, ({ subject }) => subjects[subject]?.layerWeights[index] ?? 1),
        [rows.length, 1, 1],
      ),
    ]);
    return {
      [lookStatesTensors.tokens]: floatTensor(this.#backend, values, [all.length, this.#tokens, dimension]),
      [lookStatesTensors.tokenRows]: intTensor(this.#backend, Int32Array.from(tokenRows), [rows.length]),
      ...(Object.fromEntries(weights) as Feeds),
    };
  }

  liveFeeds(branches: readonly Branch[], moment: StepMoment): HostFeeds {
    const strengths = this.#strengths(moment);
    const isOn = moment.branches.includes('unified') && this.#isDue(moment);
    const key = JSON.stringify([strengths, isOn]);
    const group = branches.join();
    const last = this.#last.get(group);
    if (last?.key === key) return last.feeds;
    const feeds = {
      ...(last?.feeds ?? this.#constants(branches)),
      [lookTensors.gates]: this.#gates(branches, isOn ? strengths : strengths.map(() => 0)),
    };
    this.#last.set(group, { key, feeds });
    return feeds;
  }

  #strengths({ strengths: { look } }: StepMoment): readonly number[] {
    const { subjects, words } = this.#settings;
    return words.words.map(({ pin }, index) => (subjects[index]?.tokens == null ? 0 : (look[pin] ?? 0)));
  }

  /** A way of one step has no time for a layout. */
  #isDue({ step, steps }: StepMoment): boolean {
    return !this.#settings.words.areBound || steps === 1 || step / steps >= boundFrom;
  }

  #rows(branches: readonly Branch[]): readonly { readonly branch: Branch; readonly subject: number }[] {
    const { subjects } = this.#settings;
    return branches.flatMap((branch) => subjects.map((_, subject) => ({ branch, subject })));
  }

  #constants(branches: readonly Branch[]): HostFeeds {
    const { subjects, negative, dimension } = this.#settings;
    const rows = this.#rows(branches);
    const bias = rows.flatMap(({ branch, subject }) => {
      const tokens = branch === 'unconditional' ? negative : (subjects[subject]?.tokens ?? negative);
      const count = tokens.length / dimension;
      return Array.from({ length: this.#tokens }, (_, token) => (token < count ? 0 : paddingBias));
    });
    return {
      [lookTensors.subjectZeros]: feed([1, subjects.length, 1], new Array<number>(subjects.length).fill(0)),
      [lookTensors.padding]: feed([rows.length, 1, 1, this.#tokens], bias),
    };
  }

  /** [B, S, Σ h·w] over all grids: strengths times areas. */
  #gates(branches: readonly Branch[], strengths: readonly number[]): HostFeed {
    const { subjects, grids, words } = this.#settings;
    const areas = words.words.map((word) => grids.all.flatMap((grid) => [...word.areaAt(grid)]));
    const values = this.#rows(branches).flatMap(({ branch, subject }) => {
      const strength = branch === 'text' ? 0 : (strengths[subject] ?? 0);
      return (areas[subject] ?? []).map((share) => share * strength);
    });
    return feed([branches.length, subjects.length, areas[0]?.length ?? 0], values);
  }
}

function feed(dims: readonly number[], values: readonly number[]): HostFeed {
  return { values: Float32Array.from(values), dims };
}
