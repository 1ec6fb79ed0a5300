/** Generate and Cancel: what happens between the button and the gallery. */
import { createStore } from 'zustand/vanilla';
import type { EngineApi, ErrorData, GenerateEvent, ModelSummary, Result } from '../../../../workers/api.ts';
import { failed } from '../../../engine-client/failed.ts';
import { latestOnly } from '../../../storage/latest-only.ts';
import { currentComposition } from '../../compose/draft/compose-store.ts';
import { detailOf, type ComposeData } from '../../compose/pins/pins.ts';
import { namedEmbeddings } from '../../compose/caption/read-texts.ts';
import { galleryStore, selectPicture } from '../../gallery/gallery-store.ts';
import type { Comparison, Recipe } from '../../gallery/picture-record.ts';
import { engineStore } from '../../models/loading/engine-store.ts';
import { ensureModel, ensureReader, weighLorasFor } from '../../models/loading/load-model.ts';
import { randomSeed, setSettings, settingsStore, type Settings } from '../../settings/settings.ts';
import { startAsShown } from '../../start/mask-store.ts';
import { startStore, type Start } from '../../start/start-store.ts';
import { areaStore } from '../areas/area-store.ts';
import { currentStrengths, withStrengths } from './look-strengths.ts';
import { buildRequest, checkComposition, concreteSettings } from './request.ts';
import { ResultSaver } from './result-saver.ts';
import { advance, isActive, startRun, type RunState } from './run-state.ts';

/** What the controller needs of the engine client. */
export type Engine = EngineApi & { terminate(error: ErrorData): void };

export const runStore = createStore<{ readonly run: RunState }>(() => ({ run: { kind: 'idle' } }));

/** A worker that has not stopped after this is ended: its model must then be loaded again. */
const minCancelTimeoutMs = 10_000;
const cancelTimeoutSteps = 4;

let impatience: ReturnType<typeof setTimeout> | undefined;

let preparation: Promise<unknown> = Promise.resolve();

/** Runs that are asked for before this has settled wait for it: it fills in what they read, e.g. the first example. */
export function delayRunsUntil(prepared: Promise<unknown>): void {
  preparation = prepared.catch(() => undefined);
}

const cancelled: ErrorData = { code: 'cancelled', message: 'Stopped.' };

type Outcome =
  { readonly kind: 'done' | 'cancelled' | 'refused' } | { readonly kind: 'failed'; readonly error: ErrorData };

function updateRun(change: (run: RunState) => RunState): void {
  runStore.setState(({ run }) => ({ run: change(run) }));
}

/** What was asked for earlier and is made now. */
export interface Order {
  readonly compose: ComposeData;
  readonly settings: Settings;
  readonly comparison: Comparison | null;
  /** Absent where it starts from noise alone. */
  readonly start?: Start;
  /** Of LoRA files, by their id; absent where they weigh what is chosen. */
  readonly loraWeights?: Readonly<Record<string, number>>;
}

/** One run at a time: another is refused. @param order null makes what the page says now */
export async function generate(engine: Engine, order: Order | null = null): Promise<Outcome> {
  if (isActive(runStore.getState().run)) return { kind: 'refused' };
  const hadToLoad = engineStore.getState().model.kind !== 'ready';
  const active = startRun(order?.settings ?? settingsStore.getState(), { hadToLoad, isLive: order === null });
  updateRun(() => active);
  await preparation;
  const settings = order?.settings ?? settingsStore.getState();
  updateRun((state) => (isActive(state) ? { ...state, count: settings.count, steps: settings.steps } : state));
  const { selected, pictures } = galleryStore.getState();
  selectPicture(null);
  areaStore.setState({ isShown: false });
  startStore.setState({ isMarking: false });
  const outcome = await endOfRun(engine, settings, order);
  // The newest result comes on the stage unless the person looks at another; a run that gave nothing leaves it as it was.
  const results = galleryStore.getState();
  if (results.selected === null && results.pictures !== pictures) selectPicture(results.pictures[0]?.id ?? null);
  else if (results.selected === null) selectPicture(selected);
  updateRun(() => outcome);
  if (outcome.kind === 'done') return { kind: 'done' };
  return outcome.kind === 'failed' ? outcome : { kind: 'cancelled' };
}

type EndState = Extract<RunState, { kind: 'done' | 'cancelled' | 'failed' }>;

function endOf<T>(result: Extract<Result<T>, { ok: false }>): EndState {
  return result.error.code === 'cancelled' ? { kind: 'cancelled' } : { kind: 'failed', error: result.error };
}

function isCancelling(): boolean {
  return runStore.getState().run.kind === 'cancelling';
}

/** A run ends whatever happens in it: while one is active, each press of Generate is refused. */
async function endOfRun(engine: Engine, settings: Settings, order: Order | null): Promise<EndState> {
  try {
    return await run(engine, settings, order);
  } catch (thrown) {
    return { kind: 'failed', error: failed(thrown).error };
  } finally {
    clearTimeout(impatience);
  }
}

async function run(engine: Engine, settings: Settings, order: Order | null): Promise<EndState> {
  if (isCancelling()) return { kind: 'cancelled' };
  const compose = order?.compose ?? currentComposition();
  const start = (order === null ? await startAsShown() : order.start) ?? null;
  const wrong = checkComposition(compose);
  if (wrong !== null) return { kind: 'failed', error: wrong };

  await weighLorasFor(order?.loraWeights ?? null);
  if (isCancelling()) return { kind: 'cancelled' };
  const model = await modelFor(engine, settings, { compose, start });
  if (!model.ok) return endOf(model);
  if (isCancelling()) return { kind: 'cancelled' };
  const concrete = concreteSettings(settings, model.value);
  const { width, height } = concrete;
  updateRun((state) => (isActive(state) ? { ...state, size: { width, height } } : state));

  const named = await namedEmbeddings(
    engine,
    { caption: compose.caption, negativePrompt: settings.negativePrompt, longCaptions: settings.longCaptions },
    model.value,
  );
  if (!named.ok) return endOf(named);
  const request = await buildRequest({ compose, start }, concrete, named.value);
  if (!request.ok) return endOf(request);
  if (isCancelling()) return { kind: 'cancelled' };

  const recipe: Recipe = {
    compose,
    embeddings: [...named.value],
    settings: concrete,
    ...(start === null ? {} : { start }),
    guidanceMoved: false,
    model: modelOf(model.value),
  };
  const saver = new ResultSaver(engine, { recipe, comparison: order?.comparison ?? null }, (notice) => {
    onEvent(saver, { type: 'notice', notice });
  });
  updateRun((state) => (isActive(state) ? { ...state, pins: compose.pins } : state));
  // α and strengths may have moved while the model loaded.
  const { alpha, guidanceScale } = order === null ? settingsStore.getState() : settings;
  const pins = order === null ? withStrengths(request.value.pins, currentStrengths(compose.pins)) : request.value.pins;
  const result = await engine.generate({ ...request.value, pins, alpha, guidanceScale }, (event) => {
    onEvent(saver, event);
  });
  await saver.all(result.ok ? result.value.pictures : 0);
  if (!result.ok) return endOf(result);
  if (order === null && !settingsStore.getState().seedLocked) setSettings({ seed: randomSeed() });
  const { run: last } = runStore.getState();
  return { kind: 'done', summary: result.value, notices: isActive(last) ? last.notices : [] };
}

/** A run that reads pictures as latents needs more of the model; one that fills in parts always reads one. */
async function modelFor(
  engine: Engine,
  settings: Settings,
  { compose, start }: { readonly compose: ComposeData; readonly start: Start | null },
): Promise<Result<ModelSummary>> {
  const model = await ensureModel(engine);
  if (!model.ok) return model;
  const copiesDetail = settings.alpha > 0 && compose.pins.some((pin) => detailOf(pin).on);
  if (start === null && !copiesDetail && !model.value.isForInpainting) return model;
  return ensureReader(engine, { readsByTiny: settings.autoencoder === 'tiny' });
}

function onEvent(saver: ResultSaver, event: GenerateEvent): void {
  updateRun((state) => advance(state, event, performance.now()));
  const { run: state } = runStore.getState();
  if (event.type === 'picture') saver.take(event.picture, isActive(state) ? state : null);
}

/** The first press asks the engine to stop; the second, or a hang, ends the worker. */
export function cancel(engine: Engine): void {
  const { run: state } = runStore.getState();
  if (state.kind === 'cancelling') {
    engine.terminate(cancelled);
    return;
  }
  if (state.kind !== 'running') return;
  updateRun(() => ({ ...state, kind: 'cancelling' }));
  void engine.cancel();
  const patience = Math.max(minCancelTimeoutMs, cancelTimeoutSteps * state.pace.perStep);
  impatience = setTimeout(() => {
    if (isCancelling()) engine.terminate(cancelled);
  }, patience);
}

function modelOf({ id, name, look, tinyAutoencoder: tiny }: ModelSummary): Recipe['model'] {
  return {
    id,
    name,
    ...(look === null ? {} : { look: look.name }),
    ...(tiny === null ? {} : { tiny: tiny.name }),
  };
}

/** Sends α and w to a picture that is forming whenever the settings change. */
export function followGuidance(engine: Pick<EngineApi, 'setGuidance'>): void {
  const send = latestOnly((settings: Parameters<EngineApi['setGuidance']>[0]) => engine.setGuidance(settings));
  settingsStore.subscribe(({ alpha, guidanceScale }, before) => {
    if (alpha === before.alpha && guidanceScale === before.guidanceScale) return;
    const { run } = runStore.getState();
    if (isActive(run) && run.isLive) send({ alpha, guidanceScale });
  });
}
