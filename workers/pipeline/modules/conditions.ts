import type { GuidanceSettings } from '../../api.ts';
import type { Feeds } from '../../runtime/run-into.ts';

/** A condition that the network is asked for: h_u, h_y or h_∅ (UMM-Diffusion, 3.3). */
export type Branch = 'unified' | 'text' | 'unconditional';

/** An input of a graph, on the host. */
export interface HostFeed {
  readonly values: Float32Array<ArrayBuffer>;
  readonly dims: readonly number[];
}

/** By the names of the inputs. */
export type HostFeeds = Readonly<Record<string, HostFeed>>;

/** The sources there are, each with a projection over the network's weights (denoising/projections.ts). */
export type SourceKind = 'text';

/** Something that the network attends to. It lies on the host, so that it outlives every session. */
export interface ConditionSource {
  readonly kind: SourceKind;
  /** What its projection makes the keys and values of these branches from. They are constant over a run. */
  projectionInputs(branches: readonly Branch[]): Feeds;
  /** Scales and gates of these branches at a step: small inputs of the network. */
  liveFeeds(branches: readonly Branch[], guidance: GuidanceSettings): HostFeeds;
}

/** What the network is told beside latents and timestep. */
export interface Conditions {
  /** Those that the sources know; 'unified' is absent where nothing is pinned. */
  readonly branches: ReadonlySet<Branch>;
  readonly sources: readonly ConditionSource[];
}
