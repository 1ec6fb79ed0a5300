/** From an empty page to the state of the last visit, then what the address says, then the model. */
import { isOnAppleMobile } from '../engine-client/apple-mobile.ts';
import type { EngineClient } from '../engine-client/engine-client.ts';
import { openStore } from '../storage/database.ts';
import { siteName } from '../storage/site-name.ts';
import { keepSlice, loadSlice } from '../storage/slice.ts';
import { composeStore, setComposition } from '../features/compose/draft/compose-store.ts';
import { embeddingsSlice, embeddingStore } from '../features/compose/embeddings/embeddings.ts';
import { composeSlice } from '../features/compose/pins/pins.ts';
import { composeExample, loadExamples, type Example } from '../features/compose/pins/samples.ts';
import { stylesSlice, stylesStore } from '../features/compose/styles/styles-store.ts';
import { followPins } from '../features/compose/library/follow-pins.ts';
import { gatherSubjects, openLibrary, type PinnedOnce } from '../features/compose/library/library-store.ts';
import { openSubjects } from '../features/compose/pins/subject-library.ts';
import { followCaption } from '../features/compose/caption/tokens.ts';
import { fillIn, undoButton } from '../features/gallery/draft.ts';
import { galleryStore, openGallery } from '../features/gallery/gallery-store.ts';
import { followGuidance, runStore, delayRunsUntil } from '../features/generate/run/controller.ts';
import { notifySlice, notifyStore, tellWhenDone } from '../features/generate/bar/notify.ts';
import { startQueue } from '../features/generate/queue/queue.ts';
import { openQueue } from '../features/generate/queue/queue-store.ts';
import { errorPlace } from '../features/generate/run/error-place.ts';
import { followStrengths } from '../features/generate/run/follow-looks.ts';
import { followScores, scoresSlice, scoreStore } from '../features/generate/compare/scores.ts';
import { chooseModel, choiceToKeep, tryModel } from '../features/models/loading/choose-model.ts';
import { engineStore, forgetModel, hearSilence, probeDevice } from '../features/models/loading/engine-store.ts';
import { ensureModel } from '../features/models/loading/load-model.ts';
import { providerOf } from '../features/models/loading/model-abilities.ts';
import { checkStoredModels } from '../features/models/storage/stored-check.ts';
import { openFileShelf } from '../features/models/choice/file-shelf.ts';
import { askForLinked, type LinkedSource } from '../features/models/dialog/linked-model.ts';
import { lastingChoice, modelChoiceSlice } from '../features/models/choice/model-choice.ts';
import { advancedSlice, advancedStore } from '../features/settings/advanced-store.ts';
import { carrySlice, carryStore } from '../features/settings/carry-store.ts';
import { settingsSlice, settingsStore, type Settings } from '../features/settings/settings.ts';
import { isSettingsHash, overlaySettings, readUrlParameters } from '../features/settings/url-parameters.ts';
import { startSlice, startStore } from '../features/start/start-store.ts';
import { toast } from '../ui/toast.ts';
import { beginFirstSteps, firstStepsSlice, firstStepsStore, followFirstSteps } from './first-steps.ts';
import { sweepWhereAlone } from './sweep.ts';
import { keepScreenOn } from './wake-lock.ts';
import { renewWorker } from './worker-renewal.ts';

/** What a link has changed, and what it still asks for. */
interface Link {
  /** Puts caption, pins, settings and model back; null where nothing of the person's own was replaced. */
  readonly putBack: (() => void) | null;
  readonly model: LinkedSource | null;
}

interface Started {
  /** Nothing was kept from an earlier visit, and the address names no caption. */
  readonly isFirstVisit: boolean;
  readonly link: Link;
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
  const [compose, embeddings, styles, settings, advanced, carry, choice, notify, start, firstSteps, scores] =
    await Promise.all([
      loadSlice(store, composeSlice),
      loadSlice(store, embeddingsSlice),
      loadSlice(store, stylesSlice),
      loadSlice(store, settingsSlice),
      loadSlice(store, advancedSlice),
      loadSlice(store, carrySlice),
      loadSlice(store, modelChoiceSlice),
      loadSlice(store, notifySlice),
      loadSlice(store, startSlice),
      loadSlice(store, firstStepsSlice),
      loadSlice(store, scoresSlice),
      openGallery(store),
      openLibrary(store),
      openQueue(store, 'BroadcastChannel' in globalThis ? new BroadcastChannel(siteName('pinword-queue')) : null),
    ]);
  if (compose !== null) setComposition(compose);
  if (embeddings !== null) embeddingStore.setState(embeddings);
  if (styles !== null) stylesStore.setState(styles);
  if (settings !== null) settingsStore.setState(settings);
  if (advanced !== null) advancedStore.setState(advanced);
  if (carry !== null) carryStore.setState(carry);
  if (notify !== null) notifyStore.setState(notify);
  if (choice !== null) engineStore.setState({ choice });
  if (start !== null) startStore.setState(start);
  if (scores !== null) scoreStore.setState(scores);

  await gatherSubjects(pinnedBefore());

  const url = readUrlParameters(location.href);
  keepSlice(store, composeSlice, composeStore, ({ caption, pins, waiting }) => ({
    caption,
    pins: [...pins],
    waiting: waiting.map(({ pin }) => pin),
  }));
  keepSlice(store, embeddingsSlice, embeddingStore, (state) => ({ embeddings: [...state.embeddings] }));
  keepSlice(store, stylesSlice, stylesStore, (state) => ({ styles: [...state.styles] }));
  keepSlice(store, settingsSlice, settingsStore, (state) => state);
  keepSlice(store, notifySlice, notifyStore, (state) => state);
  keepSlice(store, advancedSlice, advancedStore, (state) => state);
  keepSlice(store, carrySlice, carryStore, (state) => state);
  keepSlice(store, startSlice, startStore, ({ start: kept }) => ({ start: kept }));
  keepSlice(store, firstStepsSlice, firstStepsStore, ({ done }) => ({ done: [...done] }));
  beginFirstSteps(firstSteps, compose === null);
  keepSlice(store, scoresSlice, scoreStore, ({ isOn, projection, areCaptionsLeftOut }) => ({
    isOn,
    projection,
    areCaptionsLeftOut,
  }));
  keepSlice(store, modelChoiceSlice, engineStore, (state) => lastingChoice(choiceToKeep(state)));
  const link = applyAddress(engine, url);
  // Browsers without locks, or with a broken store, sweep nothing.
  void sweepWhereAlone(store, engine, navigator.locks).catch(() => undefined);
  const problems = lasting
    ? url.problems
    : [...url.problems, 'This browser keeps nothing for this page: pictures are lost when it is closed.'];
  return {
    isFirstVisit: compose === null && url.caption === null,
    link,
    settings: url.settings,
    problems,
  };
}

/** What earlier versions knew of what was pinned: the caption's own pins, and those of finished pictures. */
function pinnedBefore(): readonly PinnedOnce[] {
  const made = galleryStore
    .getState()
    .pictures.map(({ createdAt, recipe }) => ({ at: createdAt, pins: recipe.compose.pins }));
  return [{ at: Date.now(), pins: composeStore.getState().pins }, ...made]
    .toSorted((a, b) => a.at - b.at)
    .flatMap(({ at, pins }) =>
      pins.flatMap(({ anchor, subjects }) => subjects.map((subject) => ({ subject, word: anchor, at }))),
    );
}

/**
 * The address counts once; then it is taken away, so that a reload keeps what was changed since. Its model waits for the
 * person's word.
 */
function applyAddress(engine: EngineClient, url: ReturnType<typeof readUrlParameters>): Link {
  takeAddressAway();
  const { choice } = engineStore.getState();
  const { caption } = composeStore.getState();
  const compose = url.caption === null || url.caption === caption ? null : { caption: url.caption, pins: [] };
  const settings = overlaySettings(settingsStore.getState(), url.settings);
  const isEmpty = compose === null && Object.keys(url.settings).length === 0;
  const putBack = isEmpty ? null : fillIn(compose, settings);
  if (url.provider !== null) chooseModel(engine, { provider: url.provider });
  const isChosen = choice.source.kind === 'url' && choice.source.baseUrl === url.model;
  return {
    putBack:
      putBack === null
        ? null
        : () => {
            putBack();
            if (engineStore.getState().choice === choice) return;
            chooseModel(engine, choice);
            void prepare(engine);
          },
    model: url.model === null || isChosen ? null : { kind: 'url', baseUrl: url.model },
  };
}

function takeAddressAway(): void {
  if (location.search === '' && !isSettingsHash(location.hash)) return;
  const bare = new URL(location.href);
  bare.search = '';
  if (isSettingsHash(bare.hash)) bare.hash = '';
  history.replaceState(null, '', bare);
}

export async function applyExample(engine: EngineClient, example: Example): Promise<void> {
  const putBack = fillIn(await composeExample(engine, example), settingsOf(example));
  if (putBack !== null) toast('The example took the place of what you had.', undoButton(putBack));
}

/** Empties the caption, so that the wells below it are there. */
export function startFromPictures(): void {
  const putBack = fillIn({ caption: '', pins: [] }, {});
  toast('The caption is empty. Give the fields below it a picture each, or type.', undoButton(putBack));
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

/** Asks for the model that a link names, and tells what the link has replaced. */
async function followLink(engine: EngineClient, { model, putBack }: Link): Promise<void> {
  const isAgreed = model !== null && (await askForLinked(model));
  if (isAgreed) tryModel(engine, model);
  // It stays: the page may have been opened behind another.
  if (putBack !== null) toast.warning('The link took the place of what you had.', undoButton(putBack));
  if (isAgreed) void ensureModel(engine);
  else void prepare(engine);
}

/** What goes on while the page lives. @param greeting fills in what runs read: they wait for it */
export function live(engine: EngineClient, { link, problems }: Started, greeting: Promise<void>): void {
  followCaption(engine);
  followPins();
  followGuidance(engine);
  followStrengths(engine);
  followFirstSteps();
  followScores(engine);
  engine.onEnd(forgetModel);
  engine.onSilence(hearSilence);
  keepScreenOn('wakeLock' in navigator ? navigator.wakeLock : undefined, document);
  tellWhenDone(document);
  // A link that is opened in this tab changes the fragment alone.
  window.addEventListener('hashchange', () => {
    if (isSettingsHash(location.hash)) location.reload();
  });
  if (isOnAppleMobile()) renewWorker(engine);
  checkStoredModels(engine);
  const clearProblem = (): void => {
    const { run } = runStore.getState();
    if (run.kind === 'failed' && errorPlace(run.error.code) !== 'stage') runStore.setState({ run: { kind: 'idle' } });
  };
  composeStore.subscribe(clearProblem);
  settingsStore.subscribe(clearProblem);
  for (const problem of problems) toast.warning(problem);
  delayRunsUntil(greeting);
  startQueue(engine, 'locks' in navigator ? navigator.locks : null);
  void followLink(engine, link);
}

/**
 * Loads the model ahead of the first press of Generate, where it can run without a question to the person: the small one.
 * Others can be gigabytes: they wait for Generate or Load.
 */
async function prepare(engine: EngineClient): Promise<void> {
  const device = await probeDevice(engine);
  const state = engineStore.getState();
  if (device.ok && state.choice.source.kind === 'embedded' && providerOf(state) !== null) await ensureModel(engine);
}
