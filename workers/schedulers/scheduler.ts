/**
 * A scheduler is a pure function from the checkpoint's noise schedule to the coefficients of a linear update.
 *
 * Latents are kept in the network's own input scale for every scheduler (x_t = √ᾱ_t·x_0 + √(1−ᾱ_t)·ε, variance
 * preserving), so no step scales its input; the coefficients of samplers that think in σ = √((1−ᾱ)/ᾱ) absorb the
 * factor √(σ²+1) of their own scale.
 */

/** model·m + latents·x_t + history·h + noise·z, each a whole tensor. */
export interface LinearCombination {
  /** The guided network output: ε̃ (Eq. 8), or v where the checkpoint predicts v. */
  readonly model: number;
  readonly latents: number;
  /** The x̂_0 of the step before. */
  readonly history: number;
  /** Fresh noise of N(0, 1). */
  readonly noise: number;
}

export interface SchedulerStep {
  /** What the network is told; not always whole (Euler with linspace spacing). */
  readonly timestep: number;
  /** The latents of the next step. */
  readonly next: LinearCombination;
  /** The predicted x_0. */
  readonly original: LinearCombination;
  /** Whether fresh noise must be drawn for this step. */
  readonly usesNoise: boolean;
}

export interface Schedule {
  readonly steps: readonly SchedulerStep[];
  /** Initial latents = N(0, 1) · this, in the network's input scale. */
  readonly initialNoiseScale: number;
}
