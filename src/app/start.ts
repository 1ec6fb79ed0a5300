/** From an empty page to the state of the last visit, then what the address says, then the model. */
import { isOnAppleMobile } from '../engine-client/apple-mobile.ts';
import type { EngineClient } from '../engine-client/engine-client.ts';
import { openStore } from '../storage/database.ts';
import { keepSlice, loadSlice } from '../storage/slice.ts';
import { composeStore, setCaption, setComposition } from '../features/compose/compose-store.ts';
import { embeddingsSlice, embeddingStore } from '../features/compose/embeddings.ts';
import { composeSlice } from '../features/compose/pins.ts';
import { composeExample, loadExamples, type Example } from '../features/compose/samples.ts';
import { openSubjects } from '../features/compose/subject-library.ts';
import { followCaption } from '../features/compose/tokens.ts';
import { fillIn, undoButton } from '../features/gallery/draft.ts';
import { openGallery } from '../features/gallery/gallery-store.ts';
import { followGuidance, runStore, runsWaitFor } from '../features/generate/controller.ts';
import { errorPlace } from '../features/generate/error-place.ts';
import {
  chooseModel,
  engineStore,
  ensureModel,
  forgetModel,
  probeDevice,
  providerOf,
} from '../features/models/engine-store.ts';
import { checkStoredModels } from '../features/models/stored-check.ts';
import { openFileShelf } from '../features/models/file-shelf.ts';
import { lastingChoice, modelChoiceSlice } from '../features/models/model-choice.ts';
import { advancedSlice, advancedStore } from '../features/settings/advanced-store.ts';
import { settingsSlice, settingsStore, type Settings } from '../features/settings/settings.ts';
import { overlaySettings, readUrlParameters } from '../features/settings/url-parameters.ts';
import { toast } from '../ui/toast.ts';
import { sweepWhereAlone } from './sweep.ts';
import { keepScreenOn } from './wake-lock.ts';
import { renewWorker } from './worker-renewal.ts';

export interface Started {
  /** Nothing was kept from an earlier visit, and the address names no caption. */
  readonly isFirstVisit: boolean;
  /** The address names a model. */
  readonly isModelAsked: boolean;
  /** Settings that the address names: they win over those of the first example. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Sentences to show once the page stands. */
  readonly problems: readonly string[];
}

/** Restores what was kept. Nothing in here can keep the page from starting. */
export async function restore(engine: EngineClient): Promise<Started> {
  const { store, lasting } = await openStore();
  openSubjects(store);
  openFileShelf(store);
  const [compose, embeddings, settings, advanced, choice] = await Promise.all([
    loadSlice(store, composeSlice),
    loadSlice(store, embeddingsSlice),
    loadSlice(store, settingsSlice),
    loadSlice(store, advancedSlice),
    loadSlice(store, modelChoiceSlice),
    openGallery(store),
  ]);
  if (compose !== null) setComposition(compose);
  if (embeddings !== null) embeddingStore.setState(embeddings);
  if (settings !== null) settingsStore.setState(settings);
  if (advanced !== null) advancedStore.setState(advanced);
  if (choice !== null) engineStore.setState({ choice });

  const url = readUrlParameters(location.href);
  keepSlice(store, composeSlice, composeStore, ({ caption, pins, waiting }) => ({
    caption,
    pins: [...pins],
    waiting: waiting.map(({ pin }) => pin),
  }));
  keepSlice(store, embeddingsSlice, embeddingStore, (state) => ({ embeddings: [...state.embeddings] }));
  keepSlice(store, settingsSlice, settingsStore, (state) => state);
  keepSlice(store, advancedSlice, advancedStore, (state) => state);
  keepSlice(store, modelChoiceSlice, engineStore, (state) => lastingChoice(state.choice));
  applyAddress(engine, url);
  // Browsers without locks, or with a broken store, sweep nothing.
  void sweepWhereAlone(store, navigator.locks).catch(() => undefined);
  const problems = lasting
    ? url.problems
    : [...url.problems, 'This browser keeps nothing for this page: pictures are lost when it is closed.'];
  return {
    isFirstVisit: compose === null && url.caption === null,
    isModelAsked: url.model !== null,
    settings: url.settings,
    problems,
  };
}

/** The address counts once; then it is taken away, so that a reload keeps what was changed since. */
function applyAddress(engine: EngineClient, url: ReturnType<typeof readUrlParameters>): void {
  if (url.caption !== null) setCaption(url.caption);
  settingsStore.setState(overlaySettings(settingsStore.getState(), url.settings));
  if (url.model !== null || url.provider !== null) {
    chooseModel(engine, {
      ...(url.model === null ? {} : { source: { kind: 'url', baseUrl: url.model } }),
      ...(url.provider === null ? {} : { provider: url.provider }),
    });
  }
  if (location.search === '') return;
  const bare = new URL(location.href);
  bare.search = '';
  history.replaceState(null, '', bare);
}

export async function applyExample(engine: EngineClient, example: Example): Promise<void> {
  const putBack = fillIn(await composeExample(engine, example), settingsOf(example));
  if (putBack !== null) toast('The example took the place of what you had.', undoButton(putBack));
}

function settingsOf({ alpha, guidance, steps, seed }: Example): Partial<Settings> {
  return { alpha, guidanceScale: guidance, steps, seed };
}

/** At a first visit, fills in the first example, unless the person was quicker. */
export async function greet(engine: EngineClient, { isFirstVisit, settings }: Started): Promise<void> {
  if (!isFirstVisit) return;
  const example = (await loadExamples())[0];
  if (example === undefined) return;
  const composition = await composeExample(engine, example);
  const { caption, pins } = composeStore.getState();
  if (caption !== '' || pins.length > 0) return;
  fillIn(composition, settingsOf(example));
  settingsStore.setState(overlaySettings(settingsStore.getState(), settings));
}

/** Longest wait for the first example, in milliseconds: until then the page would show an empty form that fills before one's eyes. */
const greetingPatience = 800;

/** Waits for a promise, but not for long, and not for what it gives. */
export async function settledSoon(promise: Promise<unknown>): Promise<void> {
  const settled = promise.catch(() => undefined);
  await Promise.race([settled, new Promise((resolve) => setTimeout(resolve, greetingPatience))]);
}

/** What goes on while the page lives. @param greeting fills in what runs read: they wait for it */
export function live(engine: EngineClient, { isModelAsked, problems }: Started, greeting: Promise<void>): void {
  followCaption(engine);
  followGuidance(engine);
  engine.onEnd(forgetModel);
  keepScreenOn('wakeLock' in navigator ? navigator.wakeLock : undefined, document);
  if (isOnAppleMobile()) renewWorker(engine);
  checkStoredModels(engine);
  const clearProblem = (): void => {
    const { run } = runStore.getState();
    if (run.kind === 'failed' && errorPlace(run.error.code) !== 'stage') runStore.setState({ run: { kind: 'idle' } });
  };
  composeStore.subscribe(clearProblem);
  settingsStore.subscribe(clearProblem);
  for (const problem of problems) toast.warning(problem);
  runsWaitFor(greeting);
  void prepare(engine, isModelAsked);
}

/**
 * Loads the model ahead of the first press of Generate, where it can run without a question to the person: the small one,
 * or the one that the address asks for. Others can be gigabytes: they wait for Generate or Load.
 */
async function prepare(engine: EngineClient, isModelAsked: boolean): Promise<void> {
  const device = await probeDevice(engine);
  const state = engineStore.getState();
  const isWanted = isModelAsked || state.choice.source.kind === 'embedded';
  if (device.ok && isWanted && providerOf(state) !== null) await ensureModel(engine);
}
