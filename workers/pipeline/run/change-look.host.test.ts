import { beforeEach, describe, expect, it, vi } from 'vitest';

import type { LoadModelRequest, ModelSummary, Result } from '../../api.ts';
import { lookFile } from '../../testing/reference/look-files.ts';
import { nodeBackend } from '../../testing/gpu/node-backend.ts';
import { makePicture, pinOn, plainRequest, referenceRequest, value } from '../../testing/runs/reference-engine.ts';
import { recordingEngine } from '../../testing/runs/recording-engine.ts';
import type { Engine } from './engine.ts';

const encoder = { kind: 'from', source: { kind: 'folder', name: 'h94', files: [] }, path: null } as const;
const base: LoadModelRequest = { ...referenceRequest('sd15', 'wasm'), lookImageEncoder: encoder };

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

function load(change: Partial<LoadModelRequest> = {}, agree = true): Promise<Result<ModelSummary>> {
  brought = [];
  return engine.loadModel(
    { ...base, ...change },
    () => undefined,
    () => agree,
  );
}

const withAdapter = async (name: string): Promise<Partial<LoadModelRequest>> => ({
  ipAdapter: { kind: 'file', file: await lookFile(name) },
});
const photo = { width: 20, height: 20, data: new Uint8ClampedArray(1600).map((_, index) => (index * 89) % 256) };
const makeOne = () => makePicture(engine, { ...plainRequest, caption: 'a dog', steps: 1, width: 16, height: 16 });

const encoderFile = 'models/image_encoder/model.safetensors';

describe('another look on the same model', () => {
  it('brings the adapter and its image encoder, and nothing else', async () => {
    expect(value(await load()).look).toBeNull();
    expect(value(await load(await withAdapter('plus.safetensors'))).look).toEqual({
      name: 'plus',
      kind: 'plus',
      tokens: 5,
    });
    expect(brought).toEqual(['plus.safetensors', encoderFile]);
    expect(value(await load(await withAdapter('full-face.bin'))).look).toEqual({
      name: 'full-face',
      kind: 'full-face',
      tokens: 10,
    });
    expect(brought).toEqual(['full-face.bin', encoderFile]);
    const summary = value(await load());
    expect([summary.look, brought]).toEqual([null, []]);
    expect(summary.parts).not.toContain('IP-Adapter');
    await makeOne();
  });

  it('leaves the sessions of all else open', async () => {
    await load(await withAdapter('plus.safetensors'));
    await makeOne();
    const { ort } = await nodeBackend('wasm');
    const opening = vi.spyOn(ort.InferenceSession, 'create');
    await load(await withAdapter('plain.safetensors'));
    await makeOne();
    expect(opening).not.toHaveBeenCalled();
    opening.mockRestore();
  });

  it('is what pictures are made with from then on', async () => {
    const image = { kind: 'picture', image: new Blob(), hash: 'photo', region: null } as const;
    const looking = async (name: string) => {
      await load(await withAdapter(name));
      const pins = [pinOn(1, [image])];
      const request = { ...plainRequest, caption: 'a dog', steps: 2, width: 16, height: 16, pins };
      return (await makePicture(engine, request)).pixels.data;
    };
    const plus = await looking('plus.safetensors');
    const plain = await looking('plain.safetensors');
    expect(plain).not.toEqual(plus);
    expect(await looking('plus.safetensors')).toEqual(plus);
    engine = newEngine();
    expect(await looking('plain.safetensors')).toEqual(plain);
  });

  it('counts in the memory plan, and names its parts', async () => {
    const plain = value(await load());
    const looking = value(await load(await withAdapter('plus.safetensors')));
    expect(looking.parts).toEqual([...plain.parts, 'IP-Adapter', 'image encoder of the IP-Adapter']);
    expect(looking.plan).not.toBe(plain.plan);
    expect(looking.bytesLoaded).toBeGreaterThan(plain.bytesLoaded);
  });

  it.each<readonly [string, () => Promise<LoadModelRequest['ipAdapter']>]>([
    [
      'a file that is no adapter',
      async () => ({ kind: 'file', file: await lookFile('image_encoder/model.safetensors') }),
    ],
    [
      'a file that is cut off',
      async () => {
        const file = await lookFile('plus.safetensors');
        return { kind: 'file', file: new File([file.slice(0, 1000)], file.name) };
      },
    ],
    ['a path that is not there', () => Promise.resolve({ kind: 'from', source: encoder.source, path: 'gone.bin' })],
  ])('%s is refused, and the model is as it was', async (_, ipAdapter) => {
    await load();
    expect(await load({ ipAdapter: await ipAdapter() })).toMatchObject({ ok: false });
    expect(brought).toEqual([]);
    await makeOne();
  });

  it('that nobody agreed to leaves the look before', async () => {
    await load(await withAdapter('plus.safetensors'));
    expect(await load(await withAdapter('plain.safetensors'), false)).toMatchObject({ error: { code: 'cancelled' } });
    expect(brought).toEqual([]);
    await makeOne();
    await load(await withAdapter('plus.safetensors'));
    expect(brought).toEqual([]);
    await makeOne();
  });

  it('that was refused can be taken away again, and the model is there at once', async () => {
    await load();
    const ipAdapter = { kind: 'from', source: encoder.source, path: 'gone.bin' } as const;
    expect(await load({ ipAdapter })).toMatchObject({ ok: false });
    expect(value(await load()).look).toBeNull();
    expect(brought).toEqual([]);
    await makeOne();
  });

  it.each<readonly [string, string, () => Promise<Partial<LoadModelRequest>>, RegExp]>([
    [
      'a file that is not there',
      'ipAdapter',
      () => Promise.resolve({ ipAdapter: { kind: 'from', source: encoder.source, path: 'gone.bin' } }),
      /gone\.bin/u,
    ],
    [
      'a folder that is not there',
      'lookImageEncoder',
      async () => ({
        ...(await withAdapter('plus.safetensors')),
        lookImageEncoder: { ...encoder, path: 'nowhere' },
      }),
      /nowhere\/config\.json/u,
    ],
    [
      'a file that is no image encoder',
      'lookImageEncoder',
      async () => ({
        ...(await withAdapter('plain.safetensors')),
        lookImageEncoder: { kind: 'file', file: await lookFile('plus.safetensors') },
      }),
      /is no image encoder/u,
    ],
  ])('%s: its error names the part that is to blame, %s', async (_, about, change, message) => {
    await load();
    const error = { about, message: expect.stringMatching(message) as string };
    expect(await load(await change())).toMatchObject({ ok: false, error });
  });
});

it('another model that is refused leaves the one before', async () => {
  await load();
  expect(await load({ ...(await withAdapter('plus.safetensors')), memoryLimit: 1e6 })).toMatchObject({
    error: { code: 'too-large-for-browser' },
  });
  await makeOne();
});
