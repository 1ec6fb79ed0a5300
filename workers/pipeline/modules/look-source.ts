import { claimSharpness } from '../../graph/modules/word-maps.ts';
import { lookTensors, type Grid } from '../../graph/modules/look-names.ts';
import type { LookGrids } from '../../graph/modules/look-grids.ts';
import { lookStatesTensors } from '../../graph/graphs/look-states.ts';
import type { Feeds } from '../../runtime/run-into.ts';
import type { Backend } from '../../runtime/sessions.ts';
import { floatTensor, intTensor } from '../../runtime/tensors.ts';
import {
  wordMapBranch,
  type Branch,
  type ConditionSource,
  type HostFeed,
  type HostFeeds,
  type StepMoment,
  type WordMapsSpec,
} from './conditions.ts';

/** Image tokens, [T, D] f32. */
export type LookTokens = Float32Array<ArrayBuffer>;

/** Where the tokens of a pinned word stand among the hidden states of a branch. */
export type WordPositions = Readonly<Record<'text' | 'unified', readonly number[]>>;

/** A pin that speaks by its look. */
export interface LookSubject {
  /** Index among the pins of the request. */
  readonly pin: number;
  /** Of all its pictures, one after the other. */
  readonly tokens: LookTokens;
  /** By the layers' order in adapter files. */
  readonly layerWeights: readonly number[];
  readonly positions: WordPositions;
  /** How much of it may be at each place of a grid, [h·w]. */
  areaAt(grid: Grid): Float32Array;
}

interface LookSettings {
  readonly subjects: readonly LookSubject[];
  /** Of no picture. */
  readonly negative: LookTokens;
  /** D */
  readonly dimension: number;
  /** The layers' numbers, in the order of adapter files. */
  readonly layers: readonly number[];
  readonly grids: LookGrids;
  /** N: hidden states of the text that a branch attends to. */
  readonly textPositions: number;
  readonly isBound: boolean;
}

/** With the look bound to its word the layout forms from text alone: no look before this share of the steps (Conceptrol). */
const boundFrom = 0.2;

/** What is added to the scores of tokens that are none. */
const paddingBias = -1e4;

/** Who comes later among the subjects claims this much less, so that no place is claimed equally. */
const tieBreak = 1e-3;

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
      ...[negative, ...subjects.map(({ tokens }) => tokens)].map(({ length }) => length / dimension),
    );
  }

  get wordMaps(): WordMapsSpec {
    const { subjects, grids, isBound } = this.#settings;
    return { dims: [subjects.length, grids.wordMap.height * grids.wordMap.width], areBound: isBound };
  }

  projectionInputs(branches: readonly Branch[]): Feeds {
    const { subjects, negative, dimension, layers } = this.#settings;
    const size = this.#tokens * dimension;
    const all = [...subjects.map(({ tokens }) => tokens), negative];
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
    const source = wordMapBranch(moment.branches);
    const isOn = moment.branches.includes('unified') && this.#isDue(moment);
    const key = JSON.stringify([strengths, source, isOn]);
    const group = branches.join();
    const last = this.#last.get(group);
    if (last?.key === key) return last.feeds;
    const feeds = {
      ...(last?.feeds ?? this.#constants(branches)),
      [lookTensors.gates]: this.#gates(branches, isOn ? strengths : strengths.map(() => 0)),
      [lookTensors.words]: this.#words(branches, source),
      [lookTensors.places]: this.#places(strengths),
    };
    this.#last.set(group, { key, feeds });
    return feeds;
  }

  #strengths({ lookStrengths }: StepMoment): readonly number[] {
    return this.#settings.subjects.map(({ pin }) => lookStrengths[pin] ?? 0);
  }

  /** A way of one step has no time for a layout. */
  #isDue({ step, steps }: StepMoment): boolean {
    return !this.#settings.isBound || steps === 1 || step / steps >= boundFrom;
  }

  #rows(branches: readonly Branch[]): readonly { readonly branch: Branch; readonly subject: number }[] {
    const { subjects } = this.#settings;
    return branches.flatMap((branch) => subjects.map((_, subject) => ({ branch, subject })));
  }

  #constants(branches: readonly Branch[]): HostFeeds {
    const { subjects, negative, dimension } = this.#settings;
    const rows = this.#rows(branches);
    const bias = rows.flatMap(({ branch, subject }) => {
      const tokens = branch === 'unconditional' ? negative : subjects[subject]?.tokens;
      const count = (tokens?.length ?? 0) / dimension;
      return Array.from({ length: this.#tokens }, (_, token) => (token < count ? 0 : paddingBias));
    });
    return {
      [lookTensors.subjectZeros]: feed([1, subjects.length, 1], new Array<number>(subjects.length).fill(0)),
      [lookTensors.padding]: feed([rows.length, 1, 1, this.#tokens], bias),
    };
  }

  /** [B, S, Σ h·w] over all grids: strengths times areas. */
  #gates(branches: readonly Branch[], strengths: readonly number[]): HostFeed {
    const { subjects, grids } = this.#settings;
    const areas = subjects.map((subject) => grids.all.flatMap((grid) => [...subject.areaAt(grid)]));
    const values = this.#rows(branches).flatMap(({ branch, subject }) => {
      const strength = branch === 'text' ? 0 : (strengths[subject] ?? 0);
      return (areas[subject] ?? []).map((share) => share * strength);
    });
    return feed([branches.length, subjects.length, areas[0]?.length ?? 0], values);
  }

  /** [B, 1, N, S]: the mean over the word's tokens, in the branch that tells where words are. */
  #words(branches: readonly Branch[], source: Branch | undefined): HostFeed {
    const { subjects, textPositions, isBound } = this.#settings;
    const values = branches.flatMap((branch) =>
      Array.from({ length: textPositions }, (_, position) =>
        subjects.map(({ positions }) => {
          const own = branch === 'unified' ? positions.unified : positions.text;
          return isBound && branch === source && own.includes(position) ? 1 / own.length : 0;
        }),
      ).flat(),
    );
    return feed([branches.length, 1, textPositions, subjects.length], values);
  }

  /** [h·w, S]: who may claim a place; a subject of strength 0 claims none. */
  #places(strengths: readonly number[]): HostFeed {
    const { subjects, grids } = this.#settings;
    const pixels = grids.wordMap.height * grids.wordMap.width;
    const areas = subjects.map((subject) => subject.areaAt(grids.wordMap));
    const values = Array.from({ length: pixels }, (_, place) =>
      areas.map((area, subject) =>
        (strengths[subject] ?? 0) > 0 ? claimSharpness * (1 - tieBreak * subject) * (area[place] ?? 0) : 0,
      ),
    );
    return feed([pixels, subjects.length], values.flat());
  }
}

function feed(dims: readonly number[], values: readonly number[]): HostFeed {
  return { values: Float32Array.from(values), dims };
}
