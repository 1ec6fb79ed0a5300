import { beforeEach, describe, expect, it } from 'vitest';

import type { GenerateEvent, GenerateRequest, LoadCost, LoadModelRequest, ModelSummary, Result } from '../../api.ts';
import { lookFile } from '../../testing/reference/look-files.ts';
import { makePicture, plainRequest, referenceRequest, value } from '../../testing/runs/reference-engine.ts';
import { recordingEngine } from '../../testing/runs/recording-engine.ts';
import { planesOf, psnr } from '../../testing/runs/reference-runs.ts';
import { tinyFile, tinyFiles } from '../../testing/reference/tiny-files.ts';
import type { Engine } from './engine.ts';

const photo = { width: 32, height: 32, data: new Uint8ClampedArray(4096).map((_, index) => (index * 89) % 256) };
const start = { image: new Blob(), hash: 'photo', mask: null };

let engine: Engine;
/** Files that weights were read of since the last look, and what was asked about. */
let brought: string[];
let costs: LoadCost[];
beforeEach(() => {
  brought = [];
  engine = recordingEngine(photo, (name, subset) =>
    brought.push(`${name}${subset === undefined ? '' : ` (${subset})`}`),
  );
});

function load(change: Partial<LoadModelRequest> = {}, agree = true): Promise<Result<ModelSummary>> {
  brought = [];
  costs = [];
  return engine.loadModel(
    { ...referenceRequest('sd15', 'wasm'), ...change },
    () => undefined,
    (cost) => {
      costs.push(cost);
      return agree;
    },
  );
}

const tiny: LoadModelRequest['tinyAutoencoder'] = { kind: 'files', files: await tinyFiles('published') };
const decoderAlone = { kind: 'files', files: [await tinyFile('taesd_decoder.safetensors')] } as const;
const tinyFileName = 'diffusion_pytorch_model.safetensors';
const encoderFile = 'vae/diffusion_pytorch_model.safetensors (vaeEncoder)';

const request: GenerateRequest = { ...plainRequest, caption: 'a dog', steps: 3, width: 32, height: 32 };
const make = async (change: Partial<GenerateRequest> = {}) =>
  (await makePicture(engine, { ...request, ...change })).pixels;

/** What a run tells beside its picture. */
async function events(change: Partial<GenerateRequest>): Promise<GenerateEvent[]> {
  const told: GenerateEvent[] = [];
  value(await engine.generate({ ...request, ...change }, (event) => told.push(event)));
  return told;
}
const previewSizes = (told: readonly GenerateEvent[]): number[] =>
  told.flatMap((event) => (event.type === 'step' ? [event.preview.width] : []));
const notices = (told: readonly GenerateEvent[]): string[] =>
  told.flatMap((event) => (event.type === 'notice' ? [event.notice.code] : []));

describe('a tiny autoencoder on a model that is there', () => {
  it('is brought alone, and named', async () => {
    const before = value(await load());
    expect(before).toMatchObject({ tinyAutoencoder: null, takesTinyAutoencoder: true });
    const summary = value(await load({ tinyAutoencoder: tiny }));
    expect(brought).toEqual([`${tinyFileName} (tinyDecoder)`, `${tinyFileName} (tinyEncoder)`]);
    expect(summary.tinyAutoencoder).toEqual({ name: 'diffusion_pytorch_model', encodes: true });
    expect(summary.parts).toEqual([...before.parts, 'tiny decoder', 'tiny encoder']);
    expect(costs[0]?.predictedBytes).toBeGreaterThan(0);
    expect(value(await load({ tinyAutoencoder: decoderAlone })).tinyAutoencoder).toEqual({
      name: 'taesd_decoder',
      encodes: false,
    });
    expect(brought).toEqual(['taesd_decoder.safetensors (tinyDecoder)']);
    expect(value(await load()).tinyAutoencoder).toBeNull();
    expect(brought).toEqual([]);
  });

  it('leaves a look as it is, and a look leaves it', async () => {
    const source = { kind: 'folder', name: 'h94', files: [] } as const;
    const look: Partial<LoadModelRequest> = {
      ipAdapter: { kind: 'from', source, path: 'models/plain.safetensors' },
      lookImageEncoder: { kind: 'adapter' },
    };
    value(await load(look));
    expect(value(await load({ ...look, tinyAutoencoder: tiny })).look?.name).toBe('plain');
    expect(brought).toEqual([`${tinyFileName} (tinyDecoder)`, `${tinyFileName} (tinyEncoder)`]);
    expect(value(await load({ tinyAutoencoder: tiny })).look).toBeNull();
    expect(brought).toEqual([]);
    expect((await make({ autoencoder: 'tiny' })).width).toBe(32);
  });

  it('finishes pictures where that is asked, and only there', async () => {
    await load();
    const full = await make();
    await load({ tinyAutoencoder: tiny });
    expect(await make()).toEqual(full);
    const quick = await make({ autoencoder: 'tiny' });
    expect([quick.width, quick.height]).toEqual([full.width, full.height]);
    expect(quick.data).not.toEqual(full.data);
  });

  it('shows the steps where that is asked, and the picture stays the same', async () => {
    await load({ tinyAutoencoder: tiny });
    const rough = await events({});
    const seen = await events({ previews: 'tiny' });
    expect(previewSizes(rough)).toEqual([4, 4, 4]);
    expect(previewSizes(seen)).toEqual([32, 32, 32]);
    expect(seen.find(({ type }) => type === 'picture')).toEqual(rough.find(({ type }) => type === 'picture'));
    const last = seen.findLast((event) => event.type === 'step');
    const finished = await make({ autoencoder: 'tiny' });
    // The last step's x̂_0 is nearly what is decoded.
    if (last?.type !== 'step') throw new RangeError('There was no step.');
    expect(psnr(last.preview, planesOf(finished))).toBeGreaterThan(40);
  });

  it('reads the picture that a run starts from', async () => {
    await load({ tinyAutoencoder: tiny });
    const full = await make({ start });
    brought = [];
    const quick = await make({ start, autoencoder: 'tiny' });
    expect(quick.data).not.toEqual(full.data);
    expect(brought).toEqual([]);
  });

  it('that is not there is said, and the full one is taken', async () => {
    await load();
    const full = await make();
    const told = await events({ autoencoder: 'tiny', previews: 'tiny' });
    expect(notices(told)).toEqual(['no-tiny-autoencoder']);
    expect(previewSizes(told)).toEqual([4, 4, 4]);
    expect(told.find((event) => event.type === 'picture')?.picture.pixels).toEqual(full);
  });

  it('that is refused leaves the model', async () => {
    await load();
    const refused = await load({ tinyAutoencoder: { kind: 'files', files: [await lookFile('plus.safetensors')] } });
    expect(refused).toMatchObject({ ok: false, error: { code: 'bad-tiny-autoencoder', about: 'tinyAutoencoder' } });
    await make();
    value(await load());
    expect(brought).toEqual([]);
  });
});

describe('the VAE’s encoder', () => {
  it('comes along where it is asked for: its cost is asked, and nothing else is brought', async () => {
    expect(value(await load())).toMatchObject({ hasVaeEncoder: false, canStartFromPictures: true });
    expect(await load({ withVaeEncoder: true }, false)).toMatchObject({ ok: false, error: { code: 'cancelled' } });
    expect([brought, costs.length]).toEqual([[], 1]);
    const [before] = costs;
    const summary = value(await load({ withVaeEncoder: true }));
    expect(summary).toMatchObject({ hasVaeEncoder: true });
    expect(brought).toEqual([encoderFile]);
    expect(costs[0]?.predictedBytes).toBe(before?.predictedBytes);
    brought = [];
    await make({ start });
    expect(brought).toEqual([]);
  });

  it('stays when something else is exchanged', async () => {
    await load({ withVaeEncoder: true });
    expect(value(await load({ tinyAutoencoder: tiny }))).toMatchObject({ hasVaeEncoder: true });
    expect(brought).not.toContain(encoderFile);
    brought = [];
    await make({ start });
    expect(brought).toEqual([]);
  });

  it('is still read by the run where nobody has asked for it', async () => {
    await load();
    await make({ start });
    expect(brought).toContain(encoderFile);
  });
});
