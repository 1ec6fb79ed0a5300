/** What the window knows of the engine: the machine, what is chosen, and the model that is loaded. */
import { createStore } from 'zustand/vanilla';
import type {
  DeviceReport,
  EngineApi,
  ErrorData,
  LoadCost,
  LoadProgress,
  ModelSummary,
  Result,
} from '../../../../workers/api.ts';
import { firstChoice, type ModelChoice } from '../choice/model-choice.ts';
import type { DownloadPace } from './download-pace.ts';

/** Weights of LoRA files, by their id. */
export type LoraWeights = Readonly<Record<string, number>>;

export type ModelState =
  /** `paused`: how far the download was that a person stopped. */
  | { readonly kind: 'none'; readonly paused?: LoadProgress }
  | {
      readonly kind: 'loading';
      readonly progress: LoadProgress | null;
      readonly pace: DownloadPace | null;
      readonly cost: LoadCost | null;
    }
  /** A costly load waits for the person's answer. */
  | { readonly kind: 'asking'; readonly cost: LoadCost }
  | { readonly kind: 'ready'; readonly summary: ModelSummary }
  | { readonly kind: 'failed'; readonly error: ErrorData };

export interface EngineState {
  readonly device: DeviceReport | null;
  readonly choice: ModelChoice;
  /** While the choice is on trial, the one that stood before it: it is kept for the next visit until the person agrees. */
  readonly settled: ModelChoice | null;
  readonly model: ModelState;
  /** Weights of LoRA files, by their id, that a comparison wants for now; null leaves all as they are chosen. */
  readonly loraWeights: LoraWeights | null;
  /** The chosen source is not stored this time, because the person said so when the storage was full. */
  readonly inMemory: boolean;
  /** The worker says nothing while something waits for it. */
  readonly isSilent: boolean;
}

export const engineStore = createStore<EngineState>(() => ({
  device: null,
  choice: firstChoice,
  settled: null,
  model: { kind: 'none' },
  loraWeights: null,
  inMemory: false,
  isSilent: false,
}));

const { getState, setState } = engineStore;

/** Finds out once what this machine can do. */
export async function probeDevice(engine: Pick<EngineApi, 'probe'>): Promise<Result<DeviceReport>> {
  const { device } = getState();
  if (device !== null) return { ok: true, value: device };
  const report = await engine.probe();
  if (report.ok) setState({ device: report.value });
  else if (report.error.code !== 'cancelled') setState({ model: { kind: 'failed', error: report.error } });
  return report;
}

/** Looks again at how much of the storage is used. */
export async function refreshStorage(engine: Pick<EngineApi, 'probe'>): Promise<void> {
  const report = await engine.probe();
  if (report.ok) setState({ device: report.value });
}

/** The worker has ended, and its model with it. */
export function forgetModel(): void {
  if (getState().model.kind === 'ready') setState({ model: { kind: 'none' } });
}

/** The worker fell silent, or speaks again. */
export function hearSilence(isSilent: boolean): void {
  setState({ isSilent });
}
