import { createStore } from 'zustand/vanilla';
import type {
  AddedPart,
  DeviceReport,
  EngineApi,
  ErrorData,
  LoadCost,
  LoadProgress,
  ModelSource,
  ModelSummary,
  Provider,
  Result,
} from '../../../../workers/api.ts';
import { nextPace, type DownloadPace } from './download-pace.ts';
import { askToKeepStorage } from './lasting-storage.ts';
import { isCostly } from './load-cost.ts';
import { firstChoice, loadRequest, type ModelChoice } from '../choice/model-choice.ts';

/** Weights of LoRA files, by their id. */
type LoraWeights = Readonly<Record<string, number>>;

type ModelState =
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

/** Where the chosen model runs; null where that takes a word of the person. */
export function providerOf({ device, choice }: Pick<EngineState, 'device' | 'choice'>): Provider | null {
  if (choice.provider !== 'auto') return choice.provider;
  if (device?.webgpu == null) return null;
  // A graphics processor that is only imitated is many times slower than the processor itself.
  return device.webgpu.software && choice.source.kind === 'embedded' ? 'wasm' : 'webgpu';
}

/** Whether this browser must be told what to do, or asked to run on the processor. */
export function lacksWebGpu({ device, choice }: Pick<EngineState, 'device' | 'choice'>): boolean {
  return device !== null && device.webgpu === null && choice.provider !== 'wasm';
}

const noDevice: ErrorData = {
  code: 'no-webgpu',
  message: 'This browser has no WebGPU. Choose “Run on the processor”, or open the page in a browser with WebGPU.',
};

/** What is wrong with something that was added to the model; null where nothing is. */
export function problemOf({ model }: Pick<EngineState, 'model'>, part: AddedPart): string | null {
  return model.kind === 'failed' && model.error.about === part ? model.error.message : null;
}

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

let loading: Promise<Result<ModelSummary>> | null = null;
let answer: ((agreed: boolean) => void) | null = null;
/** The choice whose cost the person has agreed to. */
let agreedTo: ModelChoice | null = null;
/** The choice that is loaded with its VAE's encoder, because a run starts from a picture. */
let withEncoder: ModelChoice | null = null;
/** The choice whose cost the person last said no to. */
let declined: ModelChoice | null = null;
const hasDeclined = (choice: ModelChoice): boolean => declined === choice && getState().choice === choice;

/** Loads the chosen model once, however many ask for it. */
export function ensureModel(engine: Pick<EngineApi, 'probe' | 'loadModel'>): Promise<Result<ModelSummary>> {
  const { model } = getState();
  if (model.kind === 'ready') return Promise.resolve({ ok: true, value: model.summary });
  loading ??= load(engine).finally(() => {
    loading = null;
  });
  return loading;
}

/**
 * The chosen model, ready to read a picture. Where that takes a part which must be downloaded, it is loaded as the model
 * itself is: what it costs is asked, and the download is shown and can be stopped. What lies at hand is read by the run.
 */
export async function ensureReader(
  engine: Pick<EngineApi, 'probe' | 'loadModel'>,
  { readsByTiny }: { readonly readsByTiny: boolean },
): Promise<Result<ModelSummary>> {
  const model = await ensureModel(engine);
  const { choice } = getState();
  if (!model.ok || !isRemote(choice)) return model;
  const { canStartFromPictures, hasVaeEncoder, tinyAutoencoder } = model.value;
  if (!canStartFromPictures || hasVaeEncoder || (readsByTiny && tinyAutoencoder?.encodes === true)) return model;
  withEncoder = choice;
  agreedTo = null;
  declined = null;
  setState({ model: { kind: 'none' } });
  const reader = await ensureModel(engine);
  if (reader.ok) return reader;
  withEncoder = null;
  // The model is there as it was.
  if (hasDeclined(choice)) await ensureModel(engine);
  return reader;
}

/** Whether the VAE of this choice is downloaded. */
function isRemote({ source, vae }: Pick<ModelChoice, 'source' | 'vae'>): boolean {
  return source.kind === 'hub' || source.kind === 'url' || vae !== null;
}

async function load(engine: Pick<EngineApi, 'probe' | 'loadModel'>): Promise<Result<ModelSummary>> {
  setState({ model: { kind: 'loading', progress: null, pace: null, cost: null } });
  const { choice } = getState();
  const result = await loadOnDevice(engine, choice);
  // Another model was chosen meanwhile: whoever waits wants that one.
  if (getState().choice !== choice) return load(engine);
  if (result.ok) setState({ model: { kind: 'ready', summary: result.value } });
  else if (result.error.code === 'cancelled') setState(({ model }) => ({ model: stopped(model) }));
  else setState({ model: { kind: 'failed', error: result.error } });
  return result;
}

async function loadOnDevice(
  engine: Pick<EngineApi, 'probe' | 'loadModel'>,
  choice: ModelChoice,
): Promise<Result<ModelSummary>> {
  const device = await probeDevice(engine);
  if (!device.ok) return device;
  const provider = providerOf({ device: device.value, choice });
  return provider === null ? { ok: false, error: noDevice } : loadChoice(engine, choice, provider);
}

function stopped(model: ModelState): ModelState {
  const progress = model.kind === 'loading' ? model.progress : null;
  return progress?.phase === 'download' ? { kind: 'none', paused: progress } : { kind: 'none' };
}

async function loadChoice(
  engine: Pick<EngineApi, 'loadModel'>,
  choice: ModelChoice,
  provider: Provider,
): Promise<Result<ModelSummary>> {
  const { inMemory, loraWeights } = getState();
  const loras = weighed(choice.loras, loraWeights);
  if (loras === null) return loraGone;
  const request = await loadRequest({ ...choice, loras, keep: choice.keep && !inMemory }, provider);
  if (!request.ok) return request;
  if (keepsDownloads(request.value)) askToKeepStorage();
  const onProgress = (progress: LoadProgress): void => {
    const { model } = getState();
    if (model.kind === 'loading')
      setState({ model: { ...model, progress, pace: nextPace(model.pace, progress, performance.now()) } });
  };
  const asked = withEncoder === choice ? { ...request.value, withVaeEncoder: true } : request.value;
  return engine.loadModel(asked, onProgress, (cost) => consent(choice, cost));
}

const loraGone: Result<never> = {
  ok: false,
  error: {
    code: 'file-not-found',
    message: 'The LoRA file that is compared was taken away meanwhile. Add it again, or remove what waits.',
  },
};

/** @returns null where one of those that are weighed is not there any more */
function weighed(loras: ModelChoice['loras'], weights: LoraWeights | null): ModelChoice['loras'] | null {
  const ids = Object.keys(weights ?? {});
  if (!ids.every((wanted) => loras.some(({ id }) => id === wanted))) return null;
  return loras.map((lora) => ({ ...lora, weight: weights?.[lora.id] ?? lora.weight }));
}

/**
 * The model of the next run has these weights of its LoRA files; null: those that are chosen. The worker keeps what they do
 * not change.
 */
export async function weighLorasFor(loraWeights: LoraWeights | null): Promise<void> {
  // A load that is under way has begun with others.
  await loading;
  const { loraWeights: before, model } = getState();
  if (JSON.stringify(before) === JSON.stringify(loraWeights)) return;
  setState({ loraWeights, model: model.kind === 'ready' ? { kind: 'none' } : model });
}

function consent(choice: ModelChoice, cost: LoadCost): boolean | Promise<boolean> {
  if (getState().choice !== choice) return false;
  if ((isCostly(cost) || getState().settled !== null) && agreedTo !== choice) {
    setState({ model: { kind: 'asking', cost } });
    return new Promise((resolve) => {
      answer = resolve;
    });
  }
  setState({ model: { kind: 'loading', progress: null, pace: null, cost } });
  return true;
}

/** The person's answer to the question that stands; it holds until another choice is made. */
export function answerCost(agreed: boolean): void {
  const { model, choice, settled } = getState();
  if (model.kind !== 'asking') return;
  declined = agreed ? null : choice;
  if (agreed) {
    agreedTo = choice;
    setState({ settled: null, model: { kind: 'loading', progress: null, pace: null, cost: model.cost } });
  } else if (settled !== null) {
    setState({ choice: settled, settled: null });
  }
  answer?.(agreed);
}

/**
 * Chooses another model or provider. The worker ends, because that alone gives all GPU memory back for certain;
 * whatever it was doing ends as cancelled.
 */
export function chooseModel(engine: { terminate(error: ErrorData): void }, change: Partial<ModelChoice>): void {
  takeChoice(change);
  engine.terminate({ code: 'cancelled', message: 'Stopped, because another model was chosen.' });
}

/** What a model can exchange while all else of it stays. */
export type ExchangeableChoice = Partial<
  Pick<ModelChoice, 'ipAdapter' | 'lookImageEncoder' | 'tinyAutoencoder' | 'loras'>
>;

/**
 * Chooses another IP-Adapter, image encoder for it, or tiny autoencoder, or other weights of LoRA files. A worker that has
 * nothing to do keeps its model: only what changes is loaded, and where what is added is refused, the model is still there
 * without it.
 */
export function chooseExchangeable(
  engine: { terminate(error: ErrorData): void; isIdle(): boolean },
  change: ExchangeableChoice,
): void {
  if (engine.isIdle()) takeChoice(change);
  else chooseModel(engine, change);
}

function takeChoice(change: Partial<ModelChoice>): void {
  setState(({ choice, settled, inMemory }) => ({
    choice: { ...choice, ...change },
    settled: change.source === undefined ? settled : null,
    model: { kind: 'none' },
    loraWeights: null,
    inMemory: inMemory && change.source === undefined,
  }));
}

/** Chooses a model that somebody else asked for: what it costs is asked, however little, and a no brings the old one back. */
export function tryModel(engine: { terminate(error: ErrorData): void }, source: ModelSource): void {
  const { choice, settled } = getState();
  chooseModel(engine, { source });
  setState({ settled: settled ?? choice });
}

/** What the next visit begins with. */
export function choiceToKeep({ choice, settled }: Pick<EngineState, 'choice' | 'settled'>): ModelChoice {
  return settled ?? choice;
}

/** The next loads of the chosen source store nothing more; the setting that keeps downloads stays as it is. */
export function loadIntoMemory(): void {
  setState({ inMemory: true });
}

/** Whether a download of this choice stays where it is when it is stopped. */
export function keepsDownloads({ source, keep }: Pick<ModelChoice, 'source' | 'keep'>): boolean {
  return keep && (source.kind === 'hub' || source.kind === 'url');
}

/** Whether the loaded model reads from this stored checkpoint; where its other parts come from is not told apart. */
export function usesStored({ model, choice }: Pick<EngineState, 'model' | 'choice'>, id: string): boolean {
  const { imageEncoder, vae, ipAdapter, lookImageEncoder, tinyAutoencoder } = choice;
  const hasLender =
    imageEncoder !== null ||
    vae !== null ||
    [ipAdapter, lookImageEncoder, tinyAutoencoder].some((part) => part?.kind === 'from');
  return model.kind === 'ready' && (model.summary.id === id || hasLender);
}

/** Whether pictures and previews can be made through a tiny autoencoder. */
export function hasTiny({ model }: Pick<EngineState, 'model'>): boolean {
  return model.kind === 'ready' && model.summary.tinyAutoencoder !== null;
}

/** Whether a tiny autoencoder is offered: for all models whose latents it may read, as far as is known yet. */
export function takesTiny({ model, choice }: Pick<EngineState, 'model' | 'choice'>): boolean {
  if (choice.source.kind === 'embedded') return false;
  return choice.tinyAutoencoder !== null || model.kind !== 'ready' || model.summary.takesTinyAutoencoder;
}

/** Whether pinned pictures can speak by their look: by the model that is loaded, or the one that will be. */
export function givesLook({ model }: Pick<EngineState, 'model'>): boolean {
  return model.kind === 'ready' && model.summary.look !== null;
}

/** Whether pinned pictures can be bound to their word: what they give beside it, a look or their fine detail. */
export function bindsToWord(state: Pick<EngineState, 'model'>): boolean {
  return givesLook(state) || copiesDetail(state);
}

/** Whether the model that is loaded can copy the fine detail of pinned pictures. */
export function copiesDetail({ model }: Pick<EngineState, 'model'>): boolean {
  return model.kind === 'ready' && model.summary.canCopyDetail;
}

/** What copying fine detail begins with, in bytes to download; null where the model that is loaded cannot copy it. */
export function detailDownload(
  { model }: Pick<EngineState, 'model'>,
  { readsByTiny }: { readonly readsByTiny: boolean },
): number | null {
  if (model.kind !== 'ready' || !model.summary.canCopyDetail) return null;
  const { tinyAutoencoder, pictureEncoderDownload } = model.summary;
  return readsByTiny && tinyAutoencoder?.encodes === true ? 0 : pictureEncoderDownload;
}

/** Why the loaded model cannot start from a picture; null where it can, or none is loaded yet. */
export function lacksStart({ model }: Pick<EngineState, 'model'>): string | null {
  if (model.kind !== 'ready' || model.summary.canStartFromPictures) return null;
  return `${model.summary.name} brings no VAE encoder, so it cannot start from a picture.`;
}

/** The worker has ended, and its model with it. */
export function forgetModel(): void {
  if (getState().model.kind === 'ready') setState({ model: { kind: 'none' } });
}

/** The worker fell silent, or speaks again. */
export function hearSilence(isSilent: boolean): void {
  setState({ isSilent });
}
