/** Loading what is chosen, once, when something needs it; what it costs is asked. */
import type {
  EngineApi,
  ErrorData,
  LoadCost,
  LoadProgress,
  ModelSummary,
  Provider,
  Result,
} from '../../../../workers/api.ts';
import { loadRequest, type ModelChoice } from '../choice/model-choice.ts';
import { nextPace } from './download-pace.ts';
import { engineStore, probeDevice, type LoraWeights, type ModelState } from './engine-store.ts';
import { askToKeepStorage } from './lasting-storage.ts';
import { isCostly } from './load-cost.ts';
import { keepsDownloads, providerOf } from './model-abilities.ts';

const { getState, setState } = engineStore;

const noDevice: ErrorData = {
  code: 'no-webgpu',
  message: 'This browser has no WebGPU. Choose “Run on the processor”, or open the page in a browser with WebGPU.',
};

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
