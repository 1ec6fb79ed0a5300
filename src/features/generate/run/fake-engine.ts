import type {
  EngineApi,
  ErrorData,
  GenerateEvent,
  GenerateRequest,
  GenerateSummary,
  ModelSummary,
  PngText,
  Result,
} from '../../../../workers/api.ts';
import { summary } from '../../models/loading/load-fixture.ts';
import type { Engine } from './controller.ts';

export const done: GenerateSummary = {
  pictures: 0,
  provider: 'wasm',
  adapter: 'cpu',
  timings: { encodePicture: 0, encodeSubjects: 0, encodeText: 0, denoise: 0, firstPreview: 0, decode: 0, perStep: 0 },
};
export const pixels = { width: 1, height: 1, data: new Uint8ClampedArray(4) };
const cancelledResult = { ok: false, error: { code: 'cancelled', message: 'Stopped.' } } as const;

/** An engine whose generate waits at a gate that the test opens. */
export class FakeEngine implements Engine {
  readonly requests: GenerateRequest[] = [];
  readonly guidance: number[] = [];
  readonly written: (readonly PngText[])[] = [];
  cancels = 0;
  terminations: ErrorData[] = [];
  hangs = false;
  pngFailures = 0;
  emit: (event: GenerateEvent) => void = () => undefined;
  finish: (result: Result<GenerateSummary>) => void = () => undefined;
  finishLoad: ((result: Result<ModelSummary>) => void) | null = null;
  waitsForLoad = false;

  probe: EngineApi['probe'] = () =>
    Promise.resolve({
      ok: true,
      value: {
        webgpu: { adapter: 'x', shaderF16: false, software: true, maxBufferSize: 1 },
        reason: null,
        storage: null,
      },
    });
  loadModel: EngineApi['loadModel'] = () =>
    this.waitsForLoad
      ? new Promise((resolve) => (this.finishLoad = resolve))
      : Promise.resolve({ ok: true, value: summary });
  tokenize: EngineApi['tokenize'] = () => Promise.resolve({ ok: true, value: { words: [], tokenCount: 2, limit: 77 } });
  inspectImage: EngineApi['inspectImage'] = () =>
    Promise.resolve({ ok: true, value: { width: 1, height: 1, hash: '0', upright: null } });
  fillPng: EngineApi['fillPng'] = (png) => Promise.resolve({ ok: true, value: png });
  readPngFiles: EngineApi['readPngFiles'] = () => Promise.resolve({ ok: true, value: [] });
  shrinkPicture: EngineApi['shrinkPicture'] = () => Promise.resolve(cancelledResult);
  readPngText: EngineApi['readPngText'] = () => Promise.resolve({ ok: true, value: [] });
  inspectEmbedding: EngineApi['inspectEmbedding'] = () => Promise.resolve(cancelledResult);
  exportEmbedding: EngineApi['exportEmbedding'] = () => Promise.resolve(cancelledResult);
  pseudoWords: EngineApi['pseudoWords'] = () => Promise.resolve(cancelledResult);
  fileKind: EngineApi['fileKind'] = () => Promise.resolve(cancelledResult);
  fetchFile: EngineApi['fetchFile'] = () => Promise.resolve(cancelledResult);
  forgetLooks: EngineApi['forgetLooks'] = () => Promise.resolve({ ok: true, value: undefined });
  storedModels: EngineApi['storedModels'] = () => Promise.resolve({ ok: true, value: [] });
  deleteModel: EngineApi['deleteModel'] = () => Promise.resolve({ ok: true, value: undefined });
  verifyModel: EngineApi['verifyModel'] = () => Promise.resolve({ ok: true, value: { bytes: 0, damaged: [] } });
  cancelVerify: EngineApi['cancelVerify'] = () => Promise.resolve();
  encodePng: EngineApi['encodePng'] = (_, metadata) => {
    this.written.push(metadata);
    if (this.pngFailures > 0) {
      this.pngFailures -= 1;
      return Promise.resolve({ ok: false, error: { code: 'internal', message: 'The engine stopped.' } });
    }
    return Promise.resolve({ ok: true, value: new Blob(['png']) });
  };
  generate: EngineApi['generate'] = (request, onEvent) => {
    this.requests.push(request);
    this.emit = onEvent;
    return new Promise((resolve) => (this.finish = resolve));
  };
  scorePictures: EngineApi['scorePictures'] = () => Promise.resolve(cancelledResult);
  scoreCaptions: EngineApi['scoreCaptions'] = () => Promise.resolve(cancelledResult);
  setGuidance: EngineApi['setGuidance'] = ({ alpha }) => {
    this.guidance.push(alpha);
    return Promise.resolve();
  };
  setPinStrengths: EngineApi['setPinStrengths'] = () => Promise.resolve();
  cancel: EngineApi['cancel'] = () => {
    this.cancels += 1;
    if (!this.hangs) {
      this.finishLoad?.(cancelledResult);
      this.finish(cancelledResult);
    }
    return Promise.resolve();
  };
  terminate(error: ErrorData): void {
    this.terminations.push(error);
    this.finish({ ok: false, error });
  }
}
