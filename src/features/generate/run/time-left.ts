/**
 * Time left, from the steps seen so far. The first step of a run also compiles shaders, so it counts only while
 * it is the only one; later steps count more the newer they are.
 */
export interface Pace {
  readonly steps: number;
  /** Milliseconds of a step, smoothed. */
  readonly perStep: number;
}

export const noPace: Pace = { steps: 0, perStep: 0 };

const weightOfNewest = 0.3;

export function addStep({ steps, perStep }: Pace, milliseconds: number): Pace {
  const smoothed = steps < 2 ? milliseconds : perStep + weightOfNewest * (milliseconds - perStep);
  return { steps: steps + 1, perStep: smoothed };
}

export function millisecondsLeft(pace: Pace, stepsLeft: number): number | null {
  return pace.steps === 0 ? null : pace.perStep * stepsLeft;
}
