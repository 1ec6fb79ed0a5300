import type { PinStrengths } from '../../api.ts';
import type { Grid } from '../../graph/modules/look-names.ts';
import { wordMapTensors } from '../../graph/modules/word-map-names.ts';
import { claimSharpness } from '../../graph/modules/word-maps.ts';
import {
  wordMapBranch,
  type Branch,
  type HostFeed,
  type HostFeeds,
  type StepMoment,
  type WordMapsSource,
} from './conditions.ts';

/** Where the tokens of a pinned word stand among the hidden states of a branch. */
type WordPositions = Readonly<Record<'text' | 'unified', readonly number[]>>;

/** A pin whose word says where it may be. */
export interface PinnedWord {
  /** Index among the pins of the request. */
  readonly pin: number;
  /** What of it is gated. */
  readonly voices: readonly (keyof PinStrengths)[];
  readonly positions: WordPositions;
  /** How much of it may be at each place of a grid, [h·w]. */
  areaAt(grid: Grid): Float32Array;
}

interface PinnedWordsSettings {
  readonly words: readonly PinnedWord[];
  /** Of the maps. */
  readonly grid: Grid;
  /** N: hidden states of the text that a branch attends to. */
  readonly textPositions: number;
  readonly isBound: boolean;
}

/** Who comes later among the subjects claims this much less, so that no place is claimed equally. */
const tieBreak = 1e-3;

/** The words that the network looks for, and where each may be: of the same place one has it (Conceptrol). */
export class PinnedWords implements WordMapsSource {
  readonly dims: readonly number[];
  readonly areBound: boolean;
  readonly words: readonly PinnedWord[];
  readonly #settings: PinnedWordsSettings;
  /** The feeds of the last step by their branches: what did not change stays the same object. */
  readonly #last = new Map<string, { readonly key: string; readonly feeds: HostFeeds }>();

  constructor(settings: PinnedWordsSettings) {
    const { words, grid, isBound } = settings;
    this.#settings = settings;
    this.words = words;
    this.areBound = isBound;
    this.dims = [words.length, grid.height * grid.width];
  }

  liveFeeds(branches: readonly Branch[], { branches: all, strengths }: StepMoment): HostFeeds {
    const source = wordMapBranch(all);
    const claiming = this.words.map(({ pin, voices }) => voices.some((voice) => (strengths[voice][pin] ?? 0) > 0));
    const key = JSON.stringify([claiming, source]);
    const group = branches.join();
    const last = this.#last.get(group);
    if (last?.key === key) return last.feeds;
    const feeds = {
      [wordMapTensors.words]: this.#positions(branches, source),
      [wordMapTensors.places]: this.#places(claiming),
    };
    this.#last.set(group, { key, feeds });
    return feeds;
  }

  /** [B, 1, N, S]: the mean over the word's tokens, in the branch that tells where words are. */
  #positions(branches: readonly Branch[], source: Branch | undefined): HostFeed {
    const { words, textPositions, isBound } = this.#settings;
    const values = branches.flatMap((branch) =>
      Array.from({ length: textPositions }, (_, position) =>
        words.map(({ positions }) => {
          const own = branch === 'unified' ? positions.unified : positions.text;
          return isBound && branch === source && own.includes(position) ? 1 / own.length : 0;
        }),
      ).flat(),
    );
    return { values: Float32Array.from(values), dims: [branches.length, 1, textPositions, words.length] };
  }

  /** [h·w, S]: who may claim a place; a subject of strength 0 claims none. */
  #places(claiming: readonly boolean[]): HostFeed {
    const { words, grid } = this.#settings;
    const pixels = grid.height * grid.width;
    const areas = words.map((word) => word.areaAt(grid));
    const values = Array.from({ length: pixels }, (_, place) =>
      areas.map((area, word) =>
        claiming[word] === true ? claimSharpness * (1 - tieBreak * word) * (area[place] ?? 0) : 0,
      ),
    );
    return { values: Float32Array.from(values.flat()), dims: [pixels, words.length] };
  }
}
