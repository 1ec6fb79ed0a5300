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
  LoadModelRequest,
  LoadProgress,
  ModelSummary,
  Region,
  Result,
  Subject,
} from '../api.ts';
import { blobSource } from '../checkpoint/byte-source.ts';
import { readTextualInversion, writeTextualInversion } from '../checkpoint/textual-inversion.ts';
import { PinwordError } from '../errors.ts';
import { asResult } from './as-result.ts';
import { captionTokens } from './caption-words.ts';
import type { EngineEnvironment } from './environment.ts';
import { generatePictures } from './generate.ts';
import { loadModel } from './load-model.ts';
import { releaseModel, type LoadedModel } from './loaded-model.ts';
import { encodeSubjects } from './pinned-subjects.ts';
import { RunControl } from './run-control.ts';
import { isGuidance } from './validate-request.ts';

/** The part of the contract that needs a model. One load or one run at a time; everything else may be asked meanwhile. */
type ModelApi = Pick<
  EngineApi,
  'loadModel' | 'tokenize' | 'encodeSubject' | 'inspectEmbedding' | 'exportEmbedding' | 'generate' | 'setGuidance' | 'cancel' | 'release'
>;

/** Makes the engine over an environment: the browser's, or a test's. */
export class Engine implements ModelApi {
  readonly #environment: EngineEnvironment;
  #model: LoadedModel | null = null;
  #running: { readonly control: RunControl; readonly ended: Promise<unknown> } | null = null;

  constructor(environment: EngineEnvironment) {
    this.#environment = environment;
  }

  loadModel(request: LoadModelRequest, onProgress: (progress: LoadProgress) => void, consent: Consent): Promise<Result<ModelSummary>> {
    return this.#exclusive(new RunControl(), async ({ signal }) => {
      await this.#releaseModel();
      const { decodeImage, openCheckpoint, openBackend, bringer } = this.#environment;
      const checkpoint = await openCheckpoint(request.source, signal);
      const imageEncoder = request.imageEncoder.kind === 'from' ? await openCheckpoint(request.imageEncoder.source, signal) : null;
      const backend = await openBackend(request.provider);
      this.#model = await loadModel(request, { backend, checkpoint, imageEncoder, signal, onProgress, consent, bringer: await bringer(checkpoint, request), decodeImage });
      return this.#model.summary;
    });
  }

  tokenize(caption: string, embeddings: readonly EmbeddingWord[]): Promise<Result<CaptionTokens>> {
    return asResult(() => Promise.resolve(captionTokens(this.#requireModel().tokenizer, caption, embeddings)));
  }

  encodeSubject(image: Blob, region: Region | null): Promise<Result<string>> {
    return asResult(async () => {
      const { subjectEncoder } = this.#requireModel();
      if (subjectEncoder === null) throw new PinwordError('model-not-loaded', 'This model has no image encoder for pinned pictures.');
      return (await subjectEncoder.encode(image, region)).hash;
    });
  }

  inspectEmbedding(file: File, mustFit: boolean): Promise<Result<EmbeddingSummary>> {
    return asResult(async () => {
      const wanted = mustFit ? this.#requireModel().textConditions.dimension : null;
      const { name, count, dimension } = await readTextualInversion(blobSource(file.name, file), wanted);
      return { name, vectors: count, dimension };
    });
  }

  exportEmbedding(subjects: readonly Subject[], token: string): Promise<Result<Blob>> {
    return asResult(async () => {
      const model = this.#requireModel();
      const vectors = Float32Array.from(await encodeSubjects(model, subjects));
      return new Blob([writeTextualInversion(token, vectors, model.textConditions.dimension)]);
    });
  }

  generate(request: GenerateRequest, onEvent: (event: GenerateEvent) => void): Promise<Result<GenerateSummary>> {
    const control = new RunControl({ alpha: request.alpha, guidanceScale: request.guidanceScale });
    return this.#exclusive(control, () => generatePictures(this.#requireModel(), request, control, onEvent));
  }

  /** What is out of range is ignored: the slider that sent it sends again. */
  setGuidance(settings: GuidanceSettings): Promise<void> {
    if (this.#running !== null && isGuidance(settings)) this.#running.control.guidance = settings;
    return Promise.resolve();
  }

  cancel(): Promise<void> {
    this.#running?.control.cancel();
    return Promise.resolve();
  }

  async release(): Promise<void> {
    this.#running?.control.cancel();
    await this.#running?.ended;
    await this.#releaseModel();
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

  async #exclusive<T>(control: RunControl, task: (control: RunControl) => Promise<T>): Promise<Result<T>> {
    if (this.#running !== null) {
      return asResult(() => Promise.reject(new PinwordError('busy', 'Another picture is still being made. Wait for it or cancel it.')));
    }
    const ended = asResult(() => task(control));
    this.#running = { control, ended };
    const result = await ended;
    this.#running = null;
    return result;
  }
}
