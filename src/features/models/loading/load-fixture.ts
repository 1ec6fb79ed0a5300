/** What tests of loading share: a model's summary, machines, an engine that answers as it is told. */
import type { DeviceReport, LoadModelRequest, ModelSummary, Result } from '../../../../workers/api.ts';
import { firstChoice } from '../choice/model-choice.ts';
import { engineStore } from './engine-store.ts';

export const summary: ModelSummary = {
  id: 'embedded',
  name: 'Picture book',
  provider: 'wasm',
  precision: 'f32',
  nativeSize: 128,
  sizeMultiple: 8,
  predictionType: 'epsilon',
  embeddingDimension: 8,
  canPinPictures: true,
  look: null,
  takesTinyAutoencoder: false,
  tinyAutoencoder: null,
  canStartFromPictures: true,
  hasVaeEncoder: false,
  pictureEncoderDownload: 0,
  canCopyDetail: true,
  isForInpainting: false,
  judge: null,
  parts: ['UNet'],
  plan: '',
  bytesLoaded: 0,
  notices: [],
};
export const noGpu: DeviceReport = { webgpu: null, reason: 'No WebGPU.', storage: null };
export const gpu: DeviceReport = {
  ...noGpu,
  webgpu: { adapter: 'x', shaderF16: false, software: false, maxBufferSize: 1 },
  reason: null,
};

export function fakeEngine(device: DeviceReport, answer: (request: LoadModelRequest) => Promise<Result<ModelSummary>>) {
  const requests: LoadModelRequest[] = [];
  return {
    requests,
    probe: () => Promise.resolve({ ok: true as const, value: device }),
    loadModel: (request: LoadModelRequest) => {
      requests.push(request);
      return answer(request);
    },
    terminate: () => undefined,
  };
}

export const succeed = (request: LoadModelRequest): Promise<Result<ModelSummary>> =>
  Promise.resolve({ ok: true, value: { ...summary, provider: request.provider } });

/** A page that has just begun, on a machine that nobody has looked at. */
export function freshLoad(): void {
  engineStore.setState({
    device: null,
    choice: { ...firstChoice },
    settled: null,
    model: { kind: 'none' },
    loraWeights: null,
  });
}
