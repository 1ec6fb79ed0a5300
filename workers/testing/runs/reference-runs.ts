import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { z } from 'zod';

import type { GenerateRequest, GuidanceSettings, LoadModelRequest, Pixels } from '../../api.ts';
import { layoutCheckpoint } from '../../pipeline/loading/checkpoint.ts';
import type { LookChoice } from '../../pipeline/loading/find-look.ts';
import type { TinyChoice } from '../../pipeline/loading/find-tiny-autoencoder.ts';
import { loadModel } from '../../pipeline/loading/load-model.ts';
import type { LoadedModel } from '../../pipeline/model/loaded-model.ts';
import type { LookStore } from '../../pipeline/modules/look-memory.ts';
import { RunControl } from '../../pipeline/run/run-control.ts';
import type { SamplingControls } from '../../pipeline/denoising/sampler.ts';
import type { TensorTransform } from '../../weights/convert/convert-blocks.ts';
import { materialize } from '../../weights/convert/materialize.ts';
import { memorySink } from '../../weights/convert/weight-sink.ts';
import { folderFiles, referenceData } from '../reference/folder-files.ts';
import { nodeBackend } from '../gpu/node-backend.ts';
import type { ReferenceCase } from '../reference/reference-case.ts';
import { numberedPicture, pinOn, readSubjectPictures, referenceRequest } from './reference-engine.ts';
import { memoryWeightLoader } from '../../pipeline/loading/weight-loader.ts';

/** A whole fused run, as the scripts under workers/reference write it. */
export const fusedRunSchema = z.object({
  name: z.string(),
  caption: z.string(),
  negativePrompt: z.string(),
  pins: z.array(z.object({ word: z.number(), pictures: z.array(z.number()) })),
  /** α of each step; the last holds to the end. */
  alphas: z.array(z.number()).min(1),
  guidanceScale: z.number(),
  steps: z.number(),
  eta: z.number(),
  seed: z.number(),
  subjectPositions: z.enum(['pinned', 'all']),
  height: z.number(),
  width: z.number(),
});

/** A whole run of the pipeline that was made with diffusers. */
export type ReferenceRun = z.output<typeof fusedRunSchema>;

export async function readReferenceRuns(name: ReferenceCase): Promise<ReferenceRun[]> {
  return z
    .array(fusedRunSchema)
    .parse(JSON.parse(await readFile(join(referenceData, name, 'reference/runs.json'), 'utf8')));
}

/** Loads a reference checkpoint as the product would, in Node. @param transform changes weights on their way, as a LoRA file would */
export async function loadReferenceModel(
  name: ReferenceCase,
  provider: 'wasm' | 'webgpu',
  plan: LoadModelRequest['plan'] = {},
  transform?: TensorTransform,
  look?: LookChoice,
): Promise<LoadedModel> {
  const pictures = await readSubjectPictures(name);
  return loadFolderModel(join(referenceData, name), provider, {
    plan,
    ...(transform === undefined ? {} : { transform }),
    ...(look === undefined ? {} : { look }),
    pictures,
  });
}

interface FolderModelOptions {
  readonly plan?: LoadModelRequest['plan'];
  readonly transform?: TensorTransform;
  /** What numbered pictures stand for. */
  readonly pictures?: readonly Pixels[];
  /** Files that stand in for those of the folder, by path. */
  readonly changed?: ReadonlyMap<string, Blob>;
  readonly look?: LookChoice;
  readonly lookStore?: LookStore;
  readonly tiny?: TinyChoice;
}

/** Loads a checkpoint in diffusers layout from a folder of this machine. */
export async function loadFolderModel(
  folder: string,
  provider: 'wasm' | 'webgpu',
  { plan = {}, transform, pictures = [], changed, look, lookStore, tiny }: FolderModelOptions = {},
): Promise<LoadedModel> {
  const { model } = await loadModel(
    {
      ...referenceRequest('sd15', provider),
      source: { kind: 'folder', name: folder, files: [] },
      plan,
    },
    {
      backend: await nodeBackend(provider),
      checkpoint: layoutCheckpoint(await folderFiles(folder, changed)),
      signal: new AbortController().signal,
      onProgress: () => undefined,
      consent: () => true,
      imageEncoder: null,
      vae: null,
      look: look ?? null,
      tiny: tiny ?? null,
      weightLoader: memoryWeightLoader((request) =>
        materialize(transform === undefined ? request : { ...request, transform }, memorySink),
      ),
      lookStore: lookStore ?? null,
      decodeImage: async (image) => {
        const picture = pictures[Number(await image.text())];
        if (picture === undefined) throw new RangeError('no such picture');
        return picture;
      },
    },
  );
  return model;
}

const noStart = { strength: 0.75, variation: 0, variationSeed: 0 } as const;

export function requestOf(run: ReferenceRun): GenerateRequest {
  const pins = run.pins.map(({ word, pictures }) =>
    pinOn(
      word,
      pictures.map((number) => ({
        kind: 'picture',
        image: numberedPicture(number),
        hash: `${number}`,
        region: null,
      })),
    ),
  );
  const { alphas, ...rest } = run;
  return {
    ...rest,
    alpha: alphas[0] ?? 0,
    pins,
    pinVoices: 'both',
    boundToWord: true,
    embeddings: [],
    scheduler: 'ddim',
    reuseInterval: 1,
    autoencoder: 'full',
    previews: 'linear',
    clipSkip: 1,
    longCaptions: false,
    guidanceOverTime: 'paper',
    count: 1,
    checkResult: false,
    ...noStart,
  };
}

/** Moves α as the run says: the guidance is looked at once a step. */
export function controlOf({ alphas, guidanceScale }: ReferenceRun): SamplingControls {
  const control = new RunControl();
  let step = 0;
  return {
    get guidance(): GuidanceSettings {
      const alpha = alphas[Math.min(step++, alphas.length - 1)] ?? 0;
      return { alpha, guidanceScale };
    },
    strengths: control.strengths,
    signal: control.signal,
    throwIfCancelled: () => control.throwIfCancelled(),
  };
}

/** Peak signal-to-noise ratio of an 8-bit picture against one in 0…1 [3, h, w], in dB. */
export function psnr(picture: Pixels, expected: Float32Array): number {
  const area = picture.width * picture.height;
  let squares = 0;
  for (let channel = 0; channel < 3; channel++) {
    for (let index = 0; index < area; index++) {
      const wanted = Math.round((expected[channel * area + index] ?? NaN) * 255);
      squares += ((picture.data[index * 4 + channel] ?? NaN) - wanted) ** 2;
    }
  }
  return squares === 0 ? Infinity : 10 * Math.log10(255 ** 2 / (squares / (3 * area)));
}

/** The planes of an 8-bit picture, as psnr takes them. @returns [3, h, w] in 0…1 */
export function planesOf({ width, height, data }: Pixels): Float32Array {
  const area = width * height;
  return Float32Array.from(
    { length: 3 * area },
    (_, index) => (data[(index % area) * 4 + Math.floor(index / area)] ?? 0) / 255,
  );
}
