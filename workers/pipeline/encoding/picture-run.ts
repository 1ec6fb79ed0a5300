import type { GenerateEvent, Notice } from '../../api.ts';
import type { SamplingControls } from '../denoising/sampler.ts';
import type { Stopwatch } from './stopwatch.ts';

/** What the stages of one picture share. */
export interface PictureRun {
  /** Index among the pictures of the request. */
  readonly picture: number;
  readonly control: SamplingControls;
  readonly watch: Stopwatch;
  readonly emit: (event: GenerateEvent) => void;
  readonly say: (notice: Notice) => void;
}
