import type { GuidanceSettings, PinStrengths } from '../../api.ts';
import type { Grid } from '../../graph/modules/look-names.ts';
import type { Feeds } from '../../runtime/run-into.ts';

/** A condition that the network is asked for: h_u, h_y or h_∅ (UMM-Diffusion, 3.3). */
export type Branch = 'unified' | 'text' | 'unconditional';

/** An input of a graph, on the host. */
export interface HostFeed {
  readonly values: Float32Array<ArrayBuffer>;
  readonly dims: readonly number[];
}

/** By the names of the inputs. One whose values are the same object as at the step before has not changed. */
export type HostFeeds = Readonly<Record<string, HostFeed>>;

/** The sources there are, each with a projection over the network's weights (denoising/projections.ts). */
export type SourceKind = 'text' | 'look';

/** What scales and gates may follow. */
export interface StepMoment {
  /** All that this step computes, in one run of the network or in several. */
  readonly branches: readonly Branch[];
  readonly guidance: GuidanceSettings;
  readonly strengths: PinStrengths;
  /** Steps of the whole way, and how many of them are done. */
  readonly step: number;
  readonly steps: number;
}

/** Something that the network attends to. It lies on the host, so that it outlives every session. */
export interface ConditionSource {
  readonly kind: SourceKind;
  /** What its projection makes the keys and values of these branches from. They are constant over a run. */
  projectionInputs(branches: readonly Branch[]): Feeds;
  /** Scales and gates of these branches at a step: small inputs of the network. */
  liveFeeds(branches: readonly Branch[], moment: StepMoment): HostFeeds;
}

/** Maps of pinned words, which a step leaves to the next one (graph/modules/word-map-names.ts). */
export interface WordMapsSource {
  /** [S, h·w] */
  readonly dims: readonly number[];
  /** Whether the network fills them; else they are 1, and gate nothing. */
  readonly areBound: boolean;
  /** What says which words are looked for, and where they may be. */
  liveFeeds(branches: readonly Branch[], moment: StepMoment): HostFeeds;
}

/** A picture whose own rows run through the network, so that the unified branch can see its keys and values. */
export interface DetailReference {
  /** x_0 as the network knows it (scaled), [C · h·w] */
  readonly latents: Float32Array<ArrayBuffer>;
  /** The text of its rows: a short caption of its own. */
  readonly text: ConditionSource;
  /** Index among the pins of the request. */
  readonly pin: number;
  /** Which of the word maps says where it may go; null where none does. Either all references have one, or none. */
  readonly subject: number | null;
  /** Places of a grid that are its subject, at least one. */
  placesAt(grid: Grid): Int32Array<ArrayBuffer>;
  /** How much of it may be at each place of the new picture, [h·w] of a grid. */
  areaAt(grid: Grid): Float32Array;
}

/** What the network is told beside latents and timestep. */
export interface Conditions {
  /** Those that the sources know; 'unified' is absent where nothing is pinned. */
  readonly branches: ReadonlySet<Branch>;
  readonly sources: readonly ConditionSource[];
  /** null where nothing is gated by words. */
  readonly wordMaps: WordMapsSource | null;
  /** Pictures whose fine detail the unified branch sees. */
  readonly references: readonly DetailReference[];
}

/**
 * The branch whose attention to the text tells where the words are: that of the text alone, so that no picture has a say
 * in it; where it is not computed (α = 1), the unified one, as in the original.
 */
export function wordMapBranch(branches: readonly Branch[]): Branch | undefined {
  return branches.includes('text') ? 'text' : branches[0];
}
