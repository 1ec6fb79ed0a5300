import { join } from 'node:path';

import {
  defaultLook,
  ownParts,
  type GeneratedPicture,
  type GenerateRequest,
  type LoadModelRequest,
  type Pin,
  type Pixels,
  type Result,
  type Subject,
} from '../../api.ts';
import { type Checkpoint, layoutCheckpoint, singleFileCheckpoint } from '../../pipeline/loading/checkpoint.ts';
import { Engine } from '../../pipeline/run/engine.ts';
import type { EnginePlatform } from '../../pipeline/run/platform.ts';
import { PinwordError } from '../../errors.ts';
import { HeldWeights } from '../../weights/convert/held-weights.ts';
import { folderFiles, referenceData } from '../reference/folder-files.ts';
import { nodeBackend } from '../gpu/node-backend.ts';
import { readReferenceWeights, type ReferenceCase } from '../reference/reference-case.ts';
import { memoryWeightLoader } from '../../pipeline/loading/weight-loader.ts';

/** The pictures that reference runs pin; as Blobs they only carry their number. */
export async function readSubjectPictures(name: ReferenceCase): Promise<Pixels[]> {
  const { table, bytes } = await readReferenceWeights(name, 'reference/image.safetensors');
  const pictures: Pixels[] = [];
  for (let index = 0; ; index++) {
    const info = table.get(`rgba.${index}`);
    if (info === undefined) return pictures;
    const [height = 0, width = 0] = info.shape;
    pictures.push({
      width,
      height,
      data: new Uint8ClampedArray(bytes.slice(info.offset, info.offset + info.length).buffer),
    });
  }
}

/** A subject picture by its number. */
export const numberedPicture = (index: number): Blob => new Blob([String(index)]);

type LookRequest = Pick<LoadModelRequest, 'ipAdapter' | 'lookImageEncoder'>;

const noLook: LookRequest = ownParts;

/** One of the adapters of workers/reference/look_reference.py with their image encoder. */
export function referenceLook(adapter: File): LookRequest {
  const source = { kind: 'folder', name: 'look', files: [] } as const;
  return {
    ipAdapter: { kind: 'file', file: adapter },
    lookImageEncoder: { kind: 'from', source, path: 'image_encoder' },
  };
}

/**
 * The engine in Node, on the processor in f32, with a reference checkpoint or a single file loaded as the product loads it.
 * @param schedulerFields what the checkpoint's scheduler_config.json says besides
 */
export async function openReferenceEngine(
  model: ReferenceCase | File,
  loras: LoadModelRequest['loras'] = [],
  schedulerFields: Readonly<Record<string, unknown>> = {},
  look = noLook,
): Promise<Engine> {
  const engine = await referenceEngine(model, { schedulerFields });
  await loadReference(engine, model, loras, look);
  return engine;
}

interface ReferenceEngineOptions {
  readonly schedulerFields?: Readonly<Record<string, unknown>>;
  readonly openBackend?: EnginePlatform['openBackend'];
}

/** The engine in Node, with nothing loaded yet; it decodes the numbered pictures of a reference checkpoint. */
export async function referenceEngine(
  model: ReferenceCase | File,
  { schedulerFields = {}, openBackend = nodeBackend }: ReferenceEngineOptions = {},
): Promise<Engine> {
  const pictures = typeof model === 'string' ? await readSubjectPictures(model) : [];
  const held = new HeldWeights();
  return new Engine({
    openBackend,
    openCheckpoint: async (source) => {
      if (source.kind === 'single-file')
        return singleFileCheckpoint(source, await folderFiles(join(referenceData, 'sd15')));
      const folder = await folderFiles(join(referenceData, source.kind === 'folder' ? source.name : ''));
      return withSchedulerFields(layoutCheckpoint(folder), schedulerFields);
    },
    openWeightLoader: () => {
      const begin = (): Promise<void> => {
        held.begin();
        return Promise.resolve();
      };
      return Promise.resolve({ ...memoryWeightLoader((request) => held.load(request)), begin });
    },
    lookStore: null,
    decodeImage: async (image) => {
      const picture = pictures[Number(await image.text())];
      if (picture === undefined) throw new PinwordError('not-an-image', 'There is no such picture.');
      return picture;
    },
  });
}

/** Loads a model into such an engine, as a person does who changes what goes with it. */
export async function loadReference(
  engine: Engine,
  model: ReferenceCase | File,
  loras: LoadModelRequest['loras'],
  look = noLook,
): Promise<void> {
  value(
    await engine.loadModel(
      { ...referenceRequest(model, 'wasm'), ...look, loras },
      () => undefined,
      () => true,
    ),
  );
}

/** What loads a reference checkpoint or a single file as it is. */
export function referenceRequest(model: ReferenceCase | File, provider: 'wasm' | 'webgpu'): LoadModelRequest {
  return {
    source:
      typeof model === 'string' ? { kind: 'folder', name: model, files: [] } : { kind: 'single-file', file: model },
    provider,
    ...ownParts,
    plan: {},
    keep: false,
  };
}

function withSchedulerFields(checkpoint: Checkpoint, fields: Readonly<Record<string, unknown>>): Checkpoint {
  return {
    ...checkpoint,
    json: async (path) => {
      const json = await checkpoint.json(path);
      return path === 'scheduler/scheduler_config.json' ? Object.assign({}, json, fields) : json;
    },
  };
}

export function value<T>(result: Result<T>): T {
  if (result.ok) return result.value;
  throw new PinwordError(result.error.code, result.error.message);
}

/** What a run with text alone asks for, where a test says nothing else. */
export const plainRequest: Omit<GenerateRequest, 'caption' | 'width' | 'height'> = {
  negativePrompt: '',
  pins: [],
  embeddings: [],
  subjectPositions: 'all',
  pinVoices: 'both',
  boundToWord: true,
  alpha: 1,
  guidanceScale: 7.5,
  scheduler: 'ddim',
  steps: 6,
  eta: 0,
  reuseInterval: 1,
  autoencoder: 'full',
  previews: 'linear',
  guidanceOverTime: 'paper',
  strength: 0.75,
  variation: 0,
  variationSeed: 0,
  seed: 7,
  clipSkip: 1,
  longCaptions: false,
  count: 1,
  checkResult: false,
};

/** A pin as it begins. */
export function pinOn(word: number, subjects: readonly Subject[]): Pin {
  return { word, subjects, look: defaultLook, area: null };
}

/** Makes the one picture of a request. */
export async function makePicture(engine: Engine, request: GenerateRequest): Promise<GeneratedPicture> {
  const made: GeneratedPicture[] = [];
  value(
    await engine.generate(request, (event) => {
      if (event.type === 'picture') made.push(event.picture);
    }),
  );
  const [picture] = made;
  if (picture === undefined) throw new PinwordError('internal', 'The run ended without a picture.');
  return picture;
}
