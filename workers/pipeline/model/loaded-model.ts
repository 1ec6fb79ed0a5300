import type { Precision } from '../../contract/memory.ts';
import type { MemoryLevels, ModelSummary } from '../../api.ts';
import type { ProjectionWidths } from '../../checkpoint/kinds/text-projection.ts';
import type { UNetConfig } from '../../graph/config/unet-config.ts';
import type { ImageProcessorConfig } from '../../images/image-processor.ts';
import type { Backend } from '../../runtime/sessions.ts';
import type { SchedulerFile } from '../../schedulers/scheduler-config.ts';
import type { MemoryLimits } from './memory-limits.ts';
import type { MemoryNeeds } from './memory-needs.ts';
import type { MemoryPlan } from './memory-plan.ts';
import { releaseTurn, type ModelModules } from './modules.ts';
import type { JudgeParts } from '../modules/clip-judge.ts';
import type { ModuleId } from '../modules/non-finite-error.ts';
import type { DecodeImage } from '../modules/subject-picture.ts';
import type { Tokenizer } from '../prompt/tokenizer.ts';

/** Memory, as chosen while loading and as fall-backs change it. */
interface ModelMemory {
  /** For the size in use. */
  needs: MemoryNeeds;
  readonly limits: MemoryLimits;
  /** The person's choices, and what memory ran out for since. */
  overrides: Partial<MemoryLevels>;
}

/** How a module gets its weights after the model was loaded: in f32 after an overflow, or when it is first asked for. */
export interface ModuleLoader {
  /** Bytes that are read for it; they may have to be downloaded. */
  readonly sourceBytes: number;
  /** Numbers of weights that it adds to those of the model, by what they count as in the memory plan. */
  readonly weights: Partial<MemoryNeeds['weights']>;
  /** @throws PinwordError 'cancelled' | 'tensor-too-large', and what loading weights throws */
  readonly load: (precision: Precision, signal: AbortSignal) => Promise<Partial<ModelModules>>;
}

/** What scores pictures: weights that lie on this machine, opened only while something is scored. */
export interface ModelJudge {
  readonly preprocessor: ImageProcessorConfig;
  readonly widths: ProjectionWidths;
  /** [P, D] of a file at hand; null where none holds it. */
  readonly ownTextProjection: (() => Promise<Float32Array>) | null;
  /** @throws what loading weights throws */
  readonly load: (precision: Precision, signal: AbortSignal) => Promise<JudgeParts>;
}

/** A model that is ready to make pictures. Sessions open when they are needed. */
export interface LoadedModel extends ModelModules {
  readonly summary: ModelSummary;
  readonly backend: Backend;
  readonly unetConfig: UNetConfig;
  readonly schedulerConfig: SchedulerFile;
  readonly tokenizer: Tokenizer;
  readonly decodeImage: DecodeImage;
  /** Whether its network was distilled to a few steps, as far as names and config tell. */
  readonly isForFewSteps: boolean;
  readonly memory: ModelMemory;
  plan: MemoryPlan;
  readonly loaders: Readonly<Record<ModuleId, ModuleLoader>>;
  /** null where it has no image encoder. */
  readonly judge: ModelJudge | null;
}

/** Frees what is used once a run. */
export function releaseEncoders(model: ModelModules): Promise<void> {
  return releaseTurn(model, 'encoders');
}

/** Frees what makes pictures of the encoders' results. */
export function releaseNetwork(model: ModelModules): Promise<void> {
  return releaseTurn(model, 'network');
}

/** Frees every session of the model, and with the last one all GPU memory that ONNX Runtime holds. */
export async function releaseModel(model: ModelModules): Promise<void> {
  await releaseEncoders(model);
  await releaseNetwork(model);
}
