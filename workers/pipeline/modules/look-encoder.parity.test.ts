import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';

import type { Notice } from '../../api.ts';
import { referenceData } from '../../testing/reference/folder-files.ts';
import { adapterKinds, h94Repository, lookFile } from '../../testing/reference/look-files.ts';
import { MemoryStorage } from '../../testing/storage/memory-storage.ts';
import { hasWebGpu, providers } from '../../testing/gpu/node-backend.ts';
import { entry, relativeError } from '../../testing/reference/reference-case.ts';
import { numberedPicture } from '../../testing/runs/reference-engine.ts';
import { readTensorFile, readWeightFile, tensorBytes } from '../../testing/reference/reference-file.ts';
import { loadFolderModel } from '../../testing/runs/reference-runs.ts';
import type { TensorTransform } from '../../weights/convert/convert-blocks.ts';
import { TokenFiles } from '../../weights/store/token-files.ts';
import { withFallbacks } from '../model/fallbacks.ts';
import { releaseModel, type LoadedModel } from '../model/loaded-model.ts';
import type { EncodedLook, LookEncoder } from './look-encoder.ts';

const expected = await readTensorFile('look/expected.safetensors');
const { shape, bytes } = tensorBytes(await readWeightFile('look/expected.safetensors'), 'rgba');
const [height = 0, width = 0] = shape;
const photo = { width, height, data: new Uint8ClampedArray(bytes.buffer) };
const picture = { kind: 'picture', image: numberedPicture(0), hash: 'photo', region: null } as const;

const opened: LoadedModel[] = [];
afterEach(async () => {
  for (const model of opened.splice(0)) await releaseModel(model);
});

interface Options {
  readonly kind: string;
  readonly precision?: 'f16' | 'f32';
  readonly store?: MemoryStorage;
  readonly transform?: TensorTransform;
}

async function open(
  provider: 'wasm' | 'webgpu',
  { kind, precision = 'f32', store, transform }: Options,
): Promise<LoadedModel> {
  const h94 = await h94Repository();
  const model = await loadFolderModel(join(referenceData, 'sd15'), provider, {
    plan: { precision },
    pictures: [photo],
    look: { adapter: { checkpoint: h94, path: `models/${kind}` }, encoder: { kind: 'adapter' } },
    ...(store === undefined
      ? {}
      : {
          lookStore: new TokenFiles(
            () => Promise.resolve(store),
            () => 0,
          ),
        }),
    ...(transform === undefined ? {} : { transform }),
  });
  opened.push(model);
  return model;
}

function encoderOf({ lookEncoder }: LoadedModel): LookEncoder {
  if (lookEncoder === null) throw new RangeError('There is no look.');
  return lookEncoder;
}

function expectTokens(actual: EncodedLook, name: string, tolerance: number): void {
  const { shape: dims, values } = entry(expected, name);
  expect([actual.count, actual.dimension]).toEqual(dims);
  expect(relativeError(actual.tokens, values), name).toBeLessThan(tolerance);
}

describe.each(providers)('the tokens of a picture on %s', (provider) => {
  it.each(adapterKinds)(
    'are those that diffusers makes with a %s adapter, and those of no picture too',
    async (kind) => {
      const encoder = encoderOf(await open(provider, { kind: `${kind}.safetensors` }));
      expectTokens(await encoder.encode(picture), `${kind}.tokens`, 1e-4);
      expectTokens(await encoder.negative(), `${kind}.negative`, 1e-4);
    },
  );
});

describe.runIf(hasWebGpu)('the tokens of a picture in f16', () => {
  it.each(adapterKinds)('of a %s adapter are within a percent', async (kind) => {
    const encoder = encoderOf(await open('webgpu', { kind: `${kind}.safetensors`, precision: 'f16' }));
    expect(encoder.precision).toBe('f16');
    expectTokens(await encoder.encode(picture), `${kind}.tokens`, 1e-2);
    expectTokens(await encoder.negative(), `${kind}.negative`, 1e-2);
  });

  it('that overflow are made in f32 from then on, and it is said', async () => {
    // Of both factors of an MLP, so that no weight overflows but what they give does.
    const loud: TensorTransform = {
      touches: (name) => name.startsWith('vision_model.encoder.layers.0.mlp.'),
      apply: (_, __, values) => values.map((value) => value * 1e4),
    };
    const model = await open('webgpu', { kind: 'plus.safetensors', precision: 'f16', transform: loud });
    const notices: Notice[] = [];
    const rescue = {
      stage: 'encode',
      signal: new AbortController().signal,
      say: (notice: Notice) => notices.push(notice),
    } as const;
    const look = await withFallbacks(model, rescue, () => encoderOf(model).encode(picture));
    expect(notices.map(({ code }) => code)).toEqual(['full-precision-lookEncoder']);
    expect(encoderOf(model).precision).toBe('f32');
    expect(look.tokens.every(Number.isFinite)).toBe(true);
  });
});

it('a .bin gives the tokens of the .safetensors', async () => {
  const [flat, bin] = await Promise.all(
    ['full-face.safetensors', 'full-face.bin'].map(async (kind) =>
      encoderOf(await open('wasm', { kind })).encode(picture),
    ),
  );
  expect(bin).toEqual(flat);
});

it('what was encoded in an earlier visit is not encoded again', async () => {
  const store = new MemoryStorage();
  const first = encoderOf(await open('wasm', { kind: 'plus.safetensors', store }));
  const looks = [await first.encode(picture), await first.negative()];
  // An encoder whose numbers are all others would show.
  const silent: TensorTransform = {
    touches: (name) => name.startsWith('vision_model.'),
    apply: (_, __, values) => values.fill(0),
  };
  const again = encoderOf(await open('wasm', { kind: 'plus.safetensors', store, transform: silent }));
  expect([await again.encode(picture), await again.negative()]).toEqual(looks);
  const cropped = { ...picture, region: { x: 0, y: 0, size: 20 } };
  expect((await again.encode(cropped)).tokens).not.toEqual(looks[0]?.tokens);
});

it('an adapter at hand is known by what is in it, not by its name', async () => {
  const store = new MemoryStorage();
  const lookStore = new TokenFiles(
    () => Promise.resolve(store),
    () => 0,
  );
  const h94 = await h94Repository();
  const tokensOf = async (file: File): Promise<Float32Array> => {
    const model = await loadFolderModel(join(referenceData, 'sd15'), 'wasm', {
      pictures: [photo],
      look: { adapter: file, encoder: { kind: 'from', checkpoint: h94, path: null } },
      lookStore,
    });
    opened.push(model);
    return (await encoderOf(model).encode(picture)).tokens;
  };
  const file = await lookFile('plain.safetensors');
  const tokens = await tokensOf(file);
  const changed = new Uint8Array(await file.arrayBuffer());
  const weights = await readWeightFile('look/plain.safetensors');
  const { offset } = entry(weights.table, 'image_proj.norm.bias');
  changed[offset + 1] = 0x44;
  expect(await tokensOf(new File([changed], file.name))).not.toEqual(tokens);
  expect((await store.list()).length).toBe(2);
});
