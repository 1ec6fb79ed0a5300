import { join } from 'node:path';

import type { GenerateRequest, MemoryLevels, Pixels } from '../../api.ts';
import { buildUNet } from '../../graph/graphs/unet.ts';
import { releaseModel } from '../../pipeline/model/loaded-model.ts';
import { requireVaeEncoder } from '../../pipeline/model/on-demand.ts';
import { exportEmbedding } from '../../pipeline/run/export-embedding.ts';
import { generatePictures } from '../../pipeline/run/generate.ts';
import { RunControl } from '../../pipeline/run/run-control.ts';
import { runSession } from '../../runtime/sessions.ts';
import { withTensorsOf } from '../reference/changed-weights.ts';
import { referenceData } from '../reference/folder-files.ts';
import type { GraphRecorder } from './graph-recorder.ts';
import { nodeBackend } from '../gpu/node-backend.ts';
import { entry, readReferenceJson, readReferenceWeights, type ReferenceCase } from '../reference/reference-case.ts';
import { numberedPicture, pinOn, plainRequest, readSubjectPictures } from '../runs/reference-engine.ts';
import { readWeightFile } from '../reference/reference-file.ts';
import { loadFolderModel } from '../runs/reference-runs.ts';
import { ReferenceUNet, toFlatTensor, type unetVariants } from '../reference/reference-unet.ts';
import { wave } from './wave.ts';

const edge = 64;
const size = { width: edge, height: edge };

/** A grey picture. @param levelAt 0…255, of a pixel's index */
function greyPicture(levelAt: (index: number) => number): Pixels {
  const data = Uint8ClampedArray.from({ length: 4 * edge * edge }, (_, index) =>
    index % 4 === 3 ? 255 : levelAt(index >> 2),
  );
  return { ...size, data };
}

/** What a run starts from, and a mask of its right half; they come behind the pictures that are pinned. */
const startPictures = [
  greyPicture((index) => 127 + 100 * Math.sin(index)),
  greyPicture((index) => (index % edge < edge / 2 ? 0 : 255)),
];

const subject = { kind: 'picture', image: numberedPicture(0), hash: '0', region: null } as const;
const pinned = { pins: [pinOn(1, [subject])] };

type Run = Partial<GenerateRequest>;

const wholeRuns: readonly Run[] = [
  { alpha: 0, guidanceScale: 1 },
  { alpha: 0, guidanceScale: 7.5 },
  { alpha: 0.5, guidanceScale: 7.5, ...pinned },
  { alpha: 1, guidanceScale: 1, ...pinned },
  { alpha: 0.5, guidanceScale: 7.5, ...pinned, steps: 4, reuseInterval: 2 },
  { alpha: 0, guidanceScale: 7.5, clipSkip: 2 },
];

/** Of the network that takes nine channels only those with a start say anything new. */
function startedRuns(first: number): readonly Run[] {
  const start = { image: numberedPicture(first), hash: 'start', mask: numberedPicture(first + 1) };
  return [{ alpha: 0.5, guidanceScale: 7.5, ...pinned, steps: 2, start }];
}

interface CheckpointOptions {
  readonly plan?: Partial<MemoryLevels>;
  /** Files that stand in for those of the checkpoint. */
  readonly changed?: ReadonlyMap<string, Blob>;
}

/** Runs of one checkpoint that need all its graphs: with and without pins and guidance, its encoders and its check. */
export async function writeCheckpoint(
  recorder: GraphRecorder,
  name: ReferenceCase,
  { plan = {}, changed }: CheckpointOptions = {},
): Promise<void> {
  recorder.current = changed === undefined ? name : `${name}-changed`;
  const subjects = await readSubjectPictures(name);
  const model = await loadFolderModel(join(referenceData, name), 'wasm', {
    plan,
    pictures: [...subjects, ...startPictures],
    ...(changed === undefined ? {} : { changed }),
  });
  for (const how of [...wholeRuns, ...startedRuns(subjects.length)]) {
    const request = { ...plainRequest, ...size, caption: 'a dog', steps: 1, checkResult: true, ...how };
    const control = new RunControl({ alpha: request.alpha, guidanceScale: request.guidanceScale });
    await generatePictures(model, request, control, () => undefined);
  }
  await exportEmbedding(model, [subject], '<dog>', new RunControl());
  const encoder = await requireVaeEncoder(model, new AbortController().signal);
  const { scale } = model.vaeDecoder;
  await encoder.encode(wave(3 * edge * edge), { height: edge / scale, width: edge / scale }, model.plan.vaeTile);
  await releaseModel(model);
}

/** The checkpoint with a network of nine channels. */
export async function inpaintingFiles(): Promise<ReadonlyMap<string, Blob>> {
  const path = 'unet/diffusion_pytorch_model.safetensors';
  const config = { ...((await readReferenceJson('sd15', 'unet/config.json')) as object), in_channels: 9 };
  const other = await readWeightFile('pictures/start/sd15-inpainting.safetensors');
  return new Map([
    ['unet/config.json', new Blob([JSON.stringify(config)])],
    [path, withTensorsOf(await readReferenceWeights('sd15', path), other)],
  ]);
}

export async function writeVariant(recorder: GraphRecorder, name: (typeof unetVariants)[number]): Promise<void> {
  recorder.current = name;
  const unet = await ReferenceUNet.loadVariant(await nodeBackend('wasm'), name);
  const options = { kernels: unet.kernels, height: 8, width: 8 };
  const session = await unet.open(buildUNet(unet.config, unet.weights, options));
  const latents = toFlatTensor(unet.backend, entry(unet.reference, '8x8.latents'));
  await runSession(session, { latents, ...(await unet.conditions([0, 1])) });
  await session.release();
}
