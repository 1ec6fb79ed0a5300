/**
 * A scheduler is a pure function from the checkpoint's noise schedule to the coefficients of a linear update.
 *
 * Latents are kept in the network's own input scale for every scheduler (x_t = alpha·x_0 + sigma·ε with
 * alpha² + sigma² = 1, variance preserving), so no step scales its input; the coefficients of schedulers that think in
 * σ = sigma / alpha absorb the factor √(σ²+1) of their own scale.
 */

/** model·m + latents·x_t + history·h + noise·z, each a whole tensor. */
export interface LinearCombination {
  /** The guided network output: ε̃ (Eq. 8), or what else the checkpoint predicts. */
  readonly model: number;
  readonly latents: number;
  /** The x̂_0 of the step before. */
  readonly history: number;
  /** Fresh noise of N(0, 1). */
  readonly noise: number;
}

/** Dynamic thresholding (Saharia et al. 2022, arXiv 2205.11487, 2.3), which no linear update can do. */
export interface Thresholding {
  /** The share of values that is left alone. */
  readonly ratio: number;
  readonly maxValue: number;
  /** The next latents are `next` plus this times the thresholded x̂_0, which takes the place of x̂_0 in the history too. */
  readonly originalShare: number;
}

export interface SchedulerStep {
  /** What the network is told; not always whole (Euler with linspace spacing). */
  readonly timestep: number;
  /** The latents of this step are alpha·x_0 + sigma·ε: what noise is added to a picture that is begun from here. */
  readonly alpha: number;
  readonly sigma: number;
  /** The latents of the next step. */
  readonly next: LinearCombination;
  /** The predicted x_0, diffusers' pred_original_sample. */
  readonly original: LinearCombination;
  /** Whether fresh noise must be drawn for this step. */
  readonly usesNoise: boolean;
  /** null for nearly every checkpoint */
  readonly thresholding: Thresholding | null;
}

export interface Schedule {
  /** From `firstStep` on. */
  readonly steps: readonly SchedulerStep[];
  /** Latents that begin from nothing are N(0, 1) · this, in the network's input scale. */
  readonly initialNoiseScale: number;
}

export interface ScheduleOptions {
  readonly numInferenceSteps: number;
  /** In [0, 1]; only some schedulers look at it. */
  readonly eta: number;
  /** The step that the run begins with, as diffusers' image to image begins late: nothing is known of earlier ones. */
  readonly firstStep: number;
}
