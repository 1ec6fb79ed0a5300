/**
 * The window's end of the contract. It starts the worker at the first call, settles every pending call when the
 * worker dies or loses its GPU (comlink alone never would), and starts a fresh worker at the next call.
 */
import { proxy, type Remote } from 'comlink';
import type {
  CaptionTokens,
  Consent,
  DeviceReport,
  EmbeddingSummary,
  EmbeddingWord,
  EngineApi,
  ErrorData,
  GenerateEvent,
  GenerateRequest,
  GenerateSummary,
  GuidanceSettings,
  ImageSize,
  LoadModelRequest,
  LoadProgress,
  ModelFileKind,
  ModelSummary,
  Pixels,
  PngText,
  Result,
  StoredModel,
  Subject,
  VerifyReport,
} from '../../workers/api.ts';
import { answerOf, connect, type Connection, type WorkerLike } from './connection.ts';
import { failed, tellConsole } from './failed.ts';

export class EngineClient implements EngineApi {
  readonly #spawn: () => WorkerLike;
  readonly #listeners = new Set<() => void>();
  #connection: Connection | null = null;

  constructor(spawn: () => WorkerLike) {
    this.#spawn = spawn;
  }

  /** Called after a worker has ended; the model it had loaded is gone. */
  onEnd(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Ends the worker now. Pending calls end with `error`. */
  terminate(error: ErrorData): void {
    this.#connection?.kill(error);
  }

  #connect(): Connection {
    this.#connection ??= connect(this.#spawn, (connection) => {
      if (this.#connection !== connection) return;
      this.#connection = null;
      for (const listener of this.#listeners) listener();
    });
    return this.#connection;
  }

  async #call<T>(send: (remote: Remote<EngineApi>) => Promise<Result<T>>): Promise<Result<T>> {
    const connection = this.#connect();
    try {
      const result = await answerOf(connection, send(connection.remote));
      // ONNX Runtime stays with the device that it began with: only another worker can have another one.
      if (!result.ok) tellConsole(result.error);
      if (!result.ok && result.error.code === 'device-lost') connection.kill(result.error);
      return result;
    } catch (thrown) {
      return failed(thrown);
    }
  }

  /** For calls without an answer: nothing to do where no worker runs. */
  async #tell(send: (remote: Remote<EngineApi>) => Promise<void>): Promise<void> {
    if (this.#connection === null) return;
    await answerOf(
      this.#connection,
      send(this.#connection.remote).catch(() => undefined),
    );
  }

  probe(): Promise<Result<DeviceReport>> {
    return this.#call((remote) => remote.probe());
  }

  loadModel(
    request: LoadModelRequest,
    onProgress: (progress: LoadProgress) => void,
    consent: Consent,
  ): Promise<Result<ModelSummary>> {
    return this.#call((remote) => remote.loadModel(request, proxy(onProgress), proxy(consent)));
  }

  tokenize(text: string, embeddings: readonly EmbeddingWord[]): Promise<Result<CaptionTokens>> {
    return this.#call((remote) => remote.tokenize(text, embeddings));
  }

  inspectImage(image: Blob): Promise<Result<ImageSize>> {
    return this.#call((remote) => remote.inspectImage(image));
  }

  encodePng(pixels: Pixels, metadata: readonly PngText[]): Promise<Result<Blob>> {
    return this.#call((remote) => remote.encodePng(pixels, metadata));
  }

  readPngText(png: Blob): Promise<Result<readonly PngText[]>> {
    return this.#call((remote) => remote.readPngText(png));
  }

  generate(request: GenerateRequest, onEvent: (event: GenerateEvent) => void): Promise<Result<GenerateSummary>> {
    return this.#call((remote) => remote.generate(request, proxy(onEvent)));
  }

  inspectEmbedding(file: File, mustFit: boolean): Promise<Result<EmbeddingSummary>> {
    return this.#call((remote) => remote.inspectEmbedding(file, mustFit));
  }

  exportEmbedding(subjects: readonly Subject[], token: string): Promise<Result<Blob>> {
    return this.#call((remote) => remote.exportEmbedding(subjects, token));
  }

  fileKind(file: File): Promise<Result<ModelFileKind>> {
    return this.#call((remote) => remote.fileKind(file));
  }

  fetchFile(
    file: Parameters<EngineApi['fetchFile']>[0],
    onProgress: (progress: LoadProgress) => void,
  ): Promise<Result<Blob>> {
    return this.#call((remote) => remote.fetchFile(file, proxy(onProgress)));
  }

  storedModels(): Promise<Result<readonly StoredModel[]>> {
    return this.#call((remote) => remote.storedModels());
  }

  deleteModel(id: string): Promise<Result<void>> {
    return this.#call((remote) => remote.deleteModel(id));
  }

  verifyModel(id: string, onProgress: (progress: LoadProgress) => void): Promise<Result<VerifyReport>> {
    return this.#call((remote) => remote.verifyModel(id, proxy(onProgress)));
  }

  cancelVerify(id: string): Promise<void> {
    return this.#tell((remote) => remote.cancelVerify(id));
  }

  setGuidance(settings: GuidanceSettings): Promise<void> {
    return this.#tell((remote) => remote.setGuidance(settings));
  }

  cancel(): Promise<void> {
    return this.#tell((remote) => remote.cancel());
  }
}
