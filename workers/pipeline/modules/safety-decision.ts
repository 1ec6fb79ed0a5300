/** What diffusers adds to every concept's score once a special-care concept is raised. */
const specialCareAdjustment = 0.01;

/** diffusers rounds scores to three decimals before it compares them with zero. */
const raised = (score: number): boolean => Math.round(score * 1000) > 0;

export interface SafetyScores {
  /** [17]: cosine less threshold of each concept, as buildSafetyChecker gives it. */
  readonly concepts: Float32Array;
  /** [3] */
  readonly specialCare: Float32Array;
}

/** The decision of diffusers' StableDiffusionSafetyChecker: true where a concept is raised. */
export function isFlagged({ concepts, specialCare }: SafetyScores): boolean {
  const adjustment = specialCare.some(raised) ? specialCareAdjustment : 0;
  return concepts.some((score) => raised(score + adjustment));
}
