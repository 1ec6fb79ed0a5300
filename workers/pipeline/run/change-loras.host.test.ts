import { beforeEach, describe, expect, it } from 'vitest';

import type { LoadModelRequest, ModelSummary, Result, ScoreRequest } from '../../api.ts';
import { referenceUpload } from '../../testing/runs/picture-runs.ts';
import { makePicture, plainRequest, referenceRequest, value } from '../../testing/runs/reference-engine.ts';
import { recordingEngine } from '../../testing/runs/recording-engine.ts';
import type { Engine } from './engine.ts';

const lora = await referenceUpload('pictures/loras', 'sd15-kohya.safetensors');
const projection = await referenceUpload('scores', 'text_projection.safetensors');
const photo = { width: 20, height: 20, data: new Uint8ClampedArray(1600).map((_, index) => (index * 89) % 256) };
const unet = 'unet/diffusion_pytorch_model.safetensors';
const textEncoder = 'text_encoder/model.safetensors';

let engine: Engine;
/** Files that weights were read of since the last look. */
let brought: string[];
beforeEach(() => {
  brought = [];
  engine = newEngine();
});

function newEngine(): Engine {
  return recordingEngine(photo, (name) => brought.push(name));
}

function load(loras: LoadModelRequest['loras'], change: Partial<LoadModelRequest> = {}): Promise<Result<ModelSummary>> {
  brought = [];
  return engine.loadModel(
    { ...referenceRequest('sd15', 'wasm'), ...change, loras },
    () => undefined,
    () => true,
  );
}

const picture = async () =>
  (await makePicture(engine, { ...plainRequest, caption: 'a dog', steps: 2, width: 16, height: 16 })).pixels.data;

describe('other weights of LoRA files on the same model', () => {
  it('bring what they change, and nothing else', async () => {
    value(await load([]));
    expect(brought.length).toBeGreaterThan(3);
    value(await load([{ file: lora, weight: 1 }]));
    expect(brought).toEqual([unet, textEncoder]);
    value(await load([{ file: lora, weight: 0.5 }]));
    expect(brought).toEqual([unet, textEncoder]);
    value(await load([]));
    expect(brought).toEqual([unet, textEncoder]);
  });

  it('make the pictures of a model that was loaded with them', async () => {
    value(await load([]));
    const plain = await picture();
    value(await load([{ file: lora, weight: 1 }]));
    const whole = await picture();
    value(await load([{ file: lora, weight: 0.5 }]));
    const half = await picture();
    value(await load([]));
    expect(await picture()).toEqual(plain);
    engine = newEngine();
    value(await load([{ file: lora, weight: 0.5 }]));
    expect(await picture()).toEqual(half);
    expect([whole, plain]).not.toContainEqual(half);
  });

  it('that are refused leave the model as it was', async () => {
    value(await load([{ file: lora, weight: 1 }]));
    const before = await picture();
    const broken = new File([lora.slice(0, 500)], 'broken.safetensors');
    expect(await load([{ file: broken, weight: 1 }])).toMatchObject({ ok: false });
    expect(brought).toEqual([]);
    expect(await picture()).toEqual(before);
  });

  it('score pictures as the model does without them', async () => {
    const request: ScoreRequest = {
      pictures: [{ image: new Blob(), id: '0' }],
      subjects: [],
      caption: 'a dog on the beach',
      textProjection: projection,
    };
    const score = async () => value(await engine.scorePictures(request, () => undefined));
    value(await load([]));
    const plain = await score();
    value(await load([{ file: lora, weight: 1 }]));
    expect(await score()).toEqual(plain);
    // Read once more, as it was published.
    expect(brought).toEqual([unet, textEncoder, textEncoder]);
    value(await load([]));
    brought = [];
    await score();
    expect(brought).toEqual([]);
  });
});
