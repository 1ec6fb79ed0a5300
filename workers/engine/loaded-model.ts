import type { ModelSummary } from '../api.ts';
import type { ClipTextConfig, ClipVisionConfig } from '../graph/config/clip-config.ts';
import type { ProjectorLayer } from '../graph/config/projector-config.ts';
import type { UNetConfig } from '../graph/config/unet-config.ts';
import type { Backend } from '../runtime/sessions.ts';
import type { SchedulerConfig } from '../schedulers/scheduler-config.ts';
import type { Component } from './component.ts';
import type { Decoder } from './decoder.ts';
import type { DenoiserSessions } from './denoiser-sessions.ts';
import type { MemoryNeeds, MemoryPlan } from './memory-plan.ts';
import type { SubjectEncoder } from './subject-encoder.ts';
import type { TextConditions } from './text-conditions.ts';
import type { Tokenizer } from './tokenizer.ts';

/** The modules of a checkpoint that the pipeline runs. */
export interface ModelComponents {
  readonly unet: Component<UNetConfig>;
  readonly textEncoder: Component<ClipTextConfig>;
  /** null where the checkpoint has no image encoder: then no picture can be pinned. */
  readonly imageEncoder: Component<ClipVisionConfig> | null;
  readonly projector: Component<readonly ProjectorLayer[]> | null;
}

/** A model that is ready to make pictures. Sessions open when they are needed. */
export interface LoadedModel {
  readonly summary: ModelSummary;
  readonly backend: Backend;
  readonly unetConfig: UNetConfig;
  readonly schedulerConfig: SchedulerConfig;
  readonly tokenizer: Tokenizer;
  readonly textConditions: TextConditions;
  readonly subjectEncoder: SubjectEncoder | null;
  readonly denoiser: DenoiserSessions;
  readonly decoder: Decoder;
  readonly memory: { readonly needs: MemoryNeeds; readonly plan: MemoryPlan };
}

/** Frees every session of the model. */
export async function releaseModel(model: LoadedModel): Promise<void> {
  await model.textConditions.release();
  await model.subjectEncoder?.release();
  await model.denoiser.release();
  await model.decoder.release();
}
