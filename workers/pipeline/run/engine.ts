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
  Result,
  Subject,
} from '../../api.ts';
import { blobSource } from '../../checkpoint/byte-source.ts';
import { readTextualInversion } from '../../checkpoint/textual-inversion.ts';
import { PinwordError } from '../../errors.ts';
import { asResult } from '../../as-result.ts';
import { parseText } from '../prompt/parsed-text.ts';
import { captionTokens, tokenizeText } from '../prompt/tokenized-text.ts';
import { TriggerWords } from '../prompt/trigger-words.ts';
import type { EnginePlatform } from './platform.ts';
import { exportEmbedding } from './export-embedding.ts';
import { generatePictures } from './generate.ts';
import type { Checkpoint } from '../loading/checkpoint.ts';
import { openLook } from '../loading/open-look.ts';
import { loadModel } from '../loading/load-model.ts';
import { releaseModel, type LoadedModel } from '../model/loaded-model.ts';
import { openSessions } from '../model/open-sessions.ts';
import { RunControl } from './run-control.ts';
import { areLookStrengths, isGuidance } from './validate-request.ts';

/** The part of the contract that needs a model. One task at a time; everything else may be asked meanwhile. */
type ModelApi = Pick<
  EngineApi,
  | 'loadModel'
  | 'tokenize'
  | 'inspectEmbedding'
  | 'exportEmbedding'
  | 'generate'
  | 'setGuidance'
  | 'setLookStrengths'
  | 'cancel'
>;

/** What runs one at a time, and what to do where it stands in the way of another. */
const tasks = {
  load: 'A model is still being loaded. Wait for it or stop it.',
  generate: 'Another picture is still being made. Wait for it or cancel it.',
  export: 'An embedding is still being made of your pictures. Try again in a moment.',
} as const;

/** Makes the engine over an environment: the browser's, or a test's. */
export class Engine implements ModelApi {
  readonly #platform: EnginePlatform;
  #model: LoadedModel | null = null;
  #running: { readonly task: keyof typeof tasks; readonly control: RunControl } | null = null;

  constructor(platform: EnginePlatform) {
    this.#platform = platform;
  }

  loadModel(
    request: LoadModelRequest,
    onProgress: (progress: LoadProgress) => void,
    consent: Consent,
  ): Promise<Result<ModelSummary>> {
    return this.#exclusive('load', new RunControl(), async ({ signal }) => {
      await this.#releaseModel();
      const { decodeImage, lookStore, openCheckpoint, openBackend, openWeightLoader } = this.#platform;
      const open = (source: ModelSource): Promise<Checkpoint> => openCheckpoint(source, signal);
      const checkpoint = await open(request.source);
      const lender = async (choice: LenderChoice) => (choice.kind === 'from' ? open(choice.source) : null);
      const imageEncoder = await lender(request.imageEncoder);
      const vae = await lender(request.vae);
      const look = await openLook(request, open);
      const backend = await openBackend(request.provider);
      const model = await loadModel(request, {
        backend,
        checkpoint,
        imageEncoder,
        vae,
        look,
        signal,
        onProgress,
        consent,
        weightLoader: await openWeightLoader(request.keep),
        decodeImage,
        lookStore: request.keep ? lookStore : null,
      });
      this.#model = model;
      await openSessions(model, { signal, onProgress });
      onProgress({ phase: 'ready', file: model.summary.name, bytes: 0, totalBytes: 0 });
      return model.summary;
    });
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

  generate(request: GenerateRequest, onEvent: (event: GenerateEvent) => void): Promise<Result<GenerateSummary>> {
    const strengths = request.pins.map(({ look }) => (look.on ? look.strength : 0));
    const control = new RunControl({ alpha: request.alpha, guidanceScale: request.guidanceScale }, strengths);
    return this.#exclusive('generate', control, () =>
      generatePictures(this.#requireModel(), request, control, onEvent),
    );
  }

  /** What is out of range is ignored: the slider that sent it sends again. */
  setGuidance(settings: GuidanceSettings): Promise<void> {
    if (this.#running !== null && isGuidance(settings)) this.#running.control.guidance = settings;
    return Promise.resolve();
  }

  /** As setGuidance. */
  setLookStrengths(strengths: readonly number[]): Promise<void> {
    const control = this.#running?.control;
    if (control !== undefined && areLookStrengths(strengths, control.lookStrengths.length))
      control.lookStrengths = strengths;
    return Promise.resolve();
  }

  cancel(): Promise<void> {
    this.#running?.control.cancel();
    return Promise.resolve();
  }

  #requireModel(): LoadedModel {
    if (this.#model === null) throw new PinwordError('model-not-loaded', 'No model is loaded yet.');
    return this.#model;
  }

  async #releaseModel(): Promise<void> {
    const model = this.#model;
    this.#model = null;
    if (model !== null) await releaseModel(model);
  }

  async #exclusive<T>(
    task: keyof typeof tasks,
    control: RunControl,
    run: (control: RunControl) => Promise<T>,
  ): Promise<Result<T>> {
    if (this.#running !== null) return { ok: false, error: { code: 'busy', message: tasks[this.#running.task] } };
    this.#running = { task, control };
    const result = await asResult(() => run(control));
    this.#running = null;
    return result;
  }
}
