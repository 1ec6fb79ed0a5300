import type { ModelSummary } from '../api.ts';
import type { UNetConfig } from '../graph/config/unet-config.ts';
import type { Backend } from '../runtime/sessions.ts';
import type { SchedulerConfig } from '../schedulers/scheduler-config.ts';
import type { Decoder } from './decoder.ts';
import type { DenoiserSessions } from './denoiser-sessions.ts';
import type { MemoryNeeds, MemoryPlan } from './memory-plan.ts';
import type { SafetyCheck } from './safety-check.ts';
import type { SubjectEncoder } from './subject-encoder.ts';
import type { TextConditions } from './text-conditions.ts';
import type { Tokenizer } from './tokenizer.ts';

/** A model that is ready to make pictures. Sessions open when they are needed. */
export interface LoadedModel {
  readonly summary: ModelSummary;
  readonly backend: Backend;
  readonly unetConfig: UNetConfig;
  readonly schedulerConfig: SchedulerConfig;
  readonly tokenizer: Tokenizer;
  readonly textConditions: TextConditions;
  /** null where image encoder or projector are missing: then no picture can be pinned. */
  readonly subjectEncoder: SubjectEncoder | null;
  readonly safetyCheck: SafetyCheck | null;
  readonly memoryNeeds: MemoryNeeds;
  /** What a fall-back may replace while the model is in use. */
  plan: MemoryPlan;
  denoiser: DenoiserSessions;
  decoder: Decoder;
  /** Makes the part anew in f32, after it gave numbers that are not finite in f16. */
  readonly inFullPrecision: {
    readonly denoiser: () => Promise<DenoiserSessions>;
    readonly decoder: () => Promise<Decoder>;
  };
}

/** Frees what is used once a run. */
export async function releaseEncoders(model: LoadedModel): Promise<void> {
  await model.textConditions.release();
  await model.subjectEncoder?.release();
  await model.safetyCheck?.release();
}

/** Frees every session of the model. */
export async function releaseModel(model: LoadedModel): Promise<void> {
  await releaseEncoders(model);
  await model.denoiser.release();
  await model.decoder.release();
}
