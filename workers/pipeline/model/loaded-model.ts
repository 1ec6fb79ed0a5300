import type { MemoryPlanOverrides, ModelSummary } from '../../api.ts';
import type { UNetConfig } from '../../graph/config/unet-config.ts';
import type { Backend } from '../../runtime/sessions.ts';
import type { SchedulerConfig } from '../../schedulers/scheduler-config.ts';
import type { VaeDecoder } from '../modules/vae-decoder.ts';
import type { DenoiserSessions } from '../denoising/denoiser-sessions.ts';
import type { MemoryLimits } from './memory-limits.ts';
import type { MemoryNeeds } from './memory-needs.ts';
import type { MemoryPlan } from './memory-plan.ts';
import type { SafetyChecker } from '../modules/safety-checker.ts';
import type { SubjectEncoder } from '../modules/subject-encoder.ts';
import type { UnifiedEncoder } from '../modules/unified-encoder.ts';
import type { Tokenizer } from '../prompt/tokenizer.ts';

/** The parts that compute. Each may overflow in f16, and is then replaced by itself in f32. */
export interface ModelModules {
  unifiedEncoder: UnifiedEncoder;
  /** null where image encoder or projector are missing: then no picture can be pinned. */
  subjectEncoder: SubjectEncoder | null;
  denoiser: DenoiserSessions;
  vaeDecoder: VaeDecoder;
  /** null where the checkpoint ships none. */
  safetyChecker: SafetyChecker | null;
}

/** Memory, as chosen while loading and as fall-backs change it. */
interface ModelMemory {
  /** For the size in use. */
  needs: MemoryNeeds;
  readonly limits: MemoryLimits;
  /** The person's choices, and what memory ran out for since. */
  overrides: MemoryPlanOverrides;
}

/** How a part is made anew in f32, from where its weights came from. */
export interface FullPrecision<P extends keyof ModelModules> {
  /** Bytes that are read for it; they may have to be downloaded. */
  readonly sourceBytes: number;
  /** @throws PinwordError 'cancelled' | 'tensor-too-large', and what bringing weights throws */
  readonly make: (signal: AbortSignal) => Promise<Pick<ModelModules, P>>;
}

/** A model that is ready to make pictures. Sessions open when they are needed. */
export interface LoadedModel extends ModelModules {
  readonly summary: ModelSummary;
  readonly backend: Backend;
  readonly unetConfig: UNetConfig;
  readonly schedulerConfig: SchedulerConfig;
  readonly tokenizer: Tokenizer;
  readonly memory: ModelMemory;
  plan: MemoryPlan;
  readonly inFullPrecision: { readonly [P in keyof ModelModules]: FullPrecision<P> };
}

/** Frees what is used once a run. */
export async function releaseEncoders(model: ModelModules): Promise<void> {
  await model.unifiedEncoder.release();
  await model.subjectEncoder?.release();
  await model.safetyChecker?.release();
}

/** Frees what makes pictures of the encoders' results. */
export async function releaseNetwork(model: ModelModules): Promise<void> {
  await model.denoiser.release();
  await model.vaeDecoder.release();
}

/** Frees every session of the model, and with the last one all GPU memory that ONNX Runtime holds. */
export async function releaseModel(model: ModelModules): Promise<void> {
  await releaseEncoders(model);
  await releaseNetwork(model);
}
