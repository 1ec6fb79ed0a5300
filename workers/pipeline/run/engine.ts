import type {
  CaptionTokens,
  Consent,
  EmbeddingSummary,
  EmbeddingWord,
  EngineApi,
  GenerateEvent,
  GenerateRequest,
  GenerateSummary,
  GuidanceSettings,
  LenderChoice,
  LoadModelRequest,
  LoadProgress,
  ModelSource,
  ModelSummary,
  PictureScores,
  PinStrengths,
  Result,
  CaptionScoreRequest,
  ScoreRequest,
  Subject,
} from '../../api.ts';
import { blobSource } from '../../checkpoint/bytes/byte-source.ts';
import { readTextualInversion } from '../../checkpoint/kinds/textual-inversion.ts';
import { PinwordError } from '../../errors.ts';
import { asResult } from '../../as-result.ts';
import { parseText } from '../prompt/parsed-text.ts';
import { captionTokens, tokenizeText } from '../prompt/tokenized-text.ts';
import { TriggerWords } from '../prompt/trigger-words.ts';
import type { EnginePlatform } from './platform.ts';
import { exportEmbedding, pseudoWords } from './export-embedding.ts';
import { generatePictures } from './generate.ts';
import type { Checkpoint } from '../loading/checkpoint.ts';
import { openLook, openTiny } from '../loading/open-added.ts';
import { loadModel, loadOtherAdded, loadOtherLoras, type Load, type LoadContext } from '../loading/load-model.ts';
import { differsInLorasOnly, exchanged } from '../loading/same-request.ts';
import { releaseModel, type LoadedModel } from '../model/loaded-model.ts';
import { openSessions } from '../model/open-sessions.ts';
import { RunControl } from './run-control.ts';
import { scoreCaptions } from '../scoring/score-captions.ts';
import { scorePictures } from '../scoring/score-pictures.ts';
import { arePinStrengths, isGuidance } from './validate-request.ts';
import { usualControl, warmKernels } from './warm-kernels.ts';

/** The part of the contract that needs a model. One task at a time; everything else may be asked meanwhile. */
type ModelApi = Pick<
  EngineApi,
  | 'loadModel'
  | 'tokenize'
  | 'inspectEmbedding'
  | 'exportEmbedding'
  | 'pseudoWords'
  | 'generate'
  | 'scorePictures'
  | 'scoreCaptions'
  | 'setGuidance'
  | 'setPinStrengths'
  | 'cancel'
>;

/** What runs one at a time, and what to do where it stands in the way of another. */
const tasks = {
  load: 'A model is still being loaded. Wait for it or stop it.',
  generate: 'Another picture is still being made. Wait for it or cancel it.',
  score: 'Pictures are still being scored. Try again in a moment.',
  export: 'An embedding is still being made of your pictures. Try again in a moment.',
  words: 'A picture is still being read for the map. Try again in a moment.',
  warm: 'The model is still being made ready. Try again in a moment.',
} as const;

/** What is asked for beside pictures, and is asked again: it ends where something else is asked. */
const beside: readonly (keyof typeof tasks)[] = ['score', 'words'];

/** Whether a task ends for another. What nobody has asked for ends for everything. */
function givesWay(task: keyof typeof tasks, next: keyof typeof tasks): boolean {
  return next !== 'warm' && (task === 'warm' || (beside.includes(task) && !beside.includes(next)));
}

interface Running {
  readonly task: keyof typeof tasks;
  readonly control: RunControl;
  readonly ended: Promise<unknown>;
}

/** What a load is asked with. */
type Asked = Pick<LoadContext, 'signal' | 'onProgress' | 'consent'>;

/** Makes the engine over an environment: the browser's, or a test's. */
export class Engine implements ModelApi {
  readonly #platform: EnginePlatform;
  #loaded: Load | null = null;
  #running: Running | null = null;

  constructor(platform: EnginePlatform) {
    this.#platform = platform;
  }

  loadModel(
    request: LoadModelRequest,
    onProgress: (progress: LoadProgress) => void,
    consent: Consent,
  ): Promise<Result<ModelSummary>> {
    return this.#exclusive('load', new RunControl(), async ({ signal }) => {
      const asked = { signal, onProgress, consent };
      const { model } =
        (await this.#changeAdded(request, asked)) ??
        (await this.#changeLoras(request, asked)) ??
        (await this.#load(request, asked));
      onProgress({ phase: 'ready', file: model.summary.name, bytes: 0, totalBytes: 0 });
      return model.summary;
    });
  }

  /** Until nothing stands in the way of the new one, the model before stays. */
  async #load(request: LoadModelRequest, asked: Asked): Promise<Load> {
    const { decodeImage, lookStore, openBackend, openWeightLoader } = this.#platform;
    const open = this.#opener(asked);
    const lender = async (choice: LenderChoice) => (choice.kind === 'from' ? open(choice.source) : null);
    const loaded = await loadModel(request, {
      ...asked,
      checkpoint: await open(request.source),
      imageEncoder: await lender(request.imageEncoder),
      vae: await lender(request.vae),
      look: await openLook(request, open),
      tiny: await openTiny(request, open),
      backend: await openBackend(request.provider),
      weightLoader: await openWeightLoader(request.keep),
      decodeImage,
      lookStore: request.keep ? lookStore : null,
      releaseBefore: () => this.#releaseModel(),
    });
    this.#loaded = loaded;
    await openSessions(loaded.model, asked);
    return loaded;
  }

  /**
   * A model that is there already stays, as where something that was refused is taken away again.
   * @returns null where more is another one than can be exchanged, or nothing whole is there
   */
  async #changeAdded(request: LoadModelRequest, asked: Asked): Promise<Load | null> {
    const before = this.#stillWhole();
    if (before === null) return null;
    const differing = exchanged(before.request, request);
    if (differing === null) return null;
    if (differing.size === 0) {
      await openSessions(before.model, asked);
      return before;
    }
    const open = this.#opener(asked);
    this.#loaded = await loadOtherAdded(before, request, {
      ...asked,
      ...(differing.has('look') ? { look: await openLook(request, open) } : {}),
      ...(differing.has('tiny') ? { tiny: await openTiny(request, open) } : {}),
    });
    return this.#loaded;
  }

  /** @returns null where more than LoRA files and their weights is another one, or nothing whole is there */
  async #changeLoras(request: LoadModelRequest, asked: Asked): Promise<Load | null> {
    const before = this.#stillWhole();
    if (before === null || !differsInLorasOnly(before.request, request)) return null;
    const loaded = await loadOtherLoras(before, request, { ...asked, releaseBefore: () => this.#releaseModel() });
    this.#loaded = loaded;
    await openSessions(loaded.model, asked);
    return loaded;
  }

  /** What is loaded; null where its load was stopped, or the device that holds it was lost. */
  #stillWhole(): Load | null {
    const loaded = this.#loaded;
    if (loaded === null || loaded.context.signal.aborted) return null;
    return loaded.context.backend.gpu?.loss.lost === true ? null : loaded;
  }

  #opener({ signal }: Asked): (source: ModelSource) => Promise<Checkpoint> {
    return (source) => this.#platform.openCheckpoint(source, signal);
  }

  /** Compiles what a first picture runs, until somebody asks for something. */
  async warm(): Promise<void> {
    await this.#exclusive('warm', usualControl(), (control) => warmKernels(this.#requireModel(), control));
  }

  tokenize(caption: string, embeddings: readonly EmbeddingWord[], long: boolean): Promise<Result<CaptionTokens>> {
    return asResult(() => {
      const { tokenizer } = this.#requireModel();
      const text = tokenizeText(tokenizer, parseText(caption, new TriggerWords(embeddings)), long ? 'many' : 'one');
      return Promise.resolve(captionTokens(text, tokenizer.limit));
    });
  }

  inspectEmbedding(file: File, mustFit: boolean): Promise<Result<EmbeddingSummary>> {
    return asResult(async () => {
      const wanted = mustFit ? this.#requireModel().unifiedEncoder.dimension : null;
      const { name, count, dimension } = await readTextualInversion(blobSource(file.name, file), wanted);
      return { name, vectors: count, dimension };
    });
  }

  exportEmbedding(subjects: readonly Subject[], token: string): Promise<Result<Blob>> {
    return this.#exclusive('export', new RunControl(), (control) =>
      exportEmbedding(this.#requireModel(), subjects, token, control),
    );
  }

  pseudoWords(subjects: readonly Subject[]): Promise<Result<readonly (Float32Array | null)[]>> {
    return this.#exclusive('words', new RunControl(), (control) =>
      pseudoWords(this.#requireModel(), subjects, control),
    );
  }

  generate(request: GenerateRequest, onEvent: (event: GenerateEvent) => void): Promise<Result<GenerateSummary>> {
    const strengths = {
      look: request.pins.map(({ look }) => (look.on ? look.strength : 0)),
      detail: request.pins.map(({ detail }) => detail?.strength ?? 0),
    };
    const control = new RunControl({ alpha: request.alpha, guidanceScale: request.guidanceScale }, strengths);
    return this.#exclusive('generate', control, () =>
      generatePictures(this.#requireModel(), request, control, onEvent),
    );
  }

  scorePictures(
    request: ScoreRequest,
    onScores: (picture: number, scores: PictureScores) => void,
  ): Promise<Result<readonly PictureScores[]>> {
    return this.#exclusive('score', new RunControl(), (control) =>
      scorePictures(this.#requireModel(), request, control, onScores),
    );
  }

  scoreCaptions(request: CaptionScoreRequest): Promise<Result<readonly (readonly number[])[]>> {
    return this.#exclusive('score', new RunControl(), (control) =>
      scoreCaptions(this.#requireModel(), request, control),
    );
  }

  /** What is out of range is ignored: the slider that sent it sends again. */
  setGuidance(settings: GuidanceSettings): Promise<void> {
    if (this.#running !== null && isGuidance(settings)) this.#running.control.guidance = settings;
    return Promise.resolve();
  }

  /** As setGuidance. */
  setPinStrengths(strengths: PinStrengths): Promise<void> {
    const control = this.#running?.control;
    if (control !== undefined && arePinStrengths(strengths, control.strengths.look.length))
      control.strengths = strengths;
    return Promise.resolve();
  }

  cancel(): Promise<void> {
    this.#running?.control.cancel();
    return Promise.resolve();
  }

  #requireModel(): LoadedModel {
    if (this.#loaded === null) throw new PinwordError('model-not-loaded', 'No model is loaded yet.');
    return this.#loaded.model;
  }

  async #releaseModel(): Promise<void> {
    const loaded = this.#loaded;
    this.#loaded = null;
    if (loaded !== null) await releaseModel(loaded.model);
  }

  /** Scores make way for whatever else is asked for, and what nobody asked for makes way for scores. */
  async #exclusive<T>(
    task: keyof typeof tasks,
    control: RunControl,
    run: (control: RunControl) => Promise<T>,
  ): Promise<Result<T>> {
    const before = this.#running;
    if (before !== null && !givesWay(before.task, task))
      return { ok: false, error: { code: 'busy', message: tasks[before.task] } };
    before?.control.cancel();
    const result = asResult(async () => {
      await before?.ended;
      return run(control);
    });
    const running = { task, control, ended: result };
    this.#running = running;
    await result;
    if (this.#running === running) this.#running = null;
    return result;
  }
}
