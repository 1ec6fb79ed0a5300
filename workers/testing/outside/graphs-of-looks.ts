import type { Tensor } from 'onnxruntime-web';

import type { GenerateRequest } from '../../api.ts';
import { buildShallowUNet, buildUNet } from '../../graph/graphs/unet.ts';
import { wordMapTensors } from '../../graph/modules/word-map-names.ts';
import { runSession } from '../../runtime/sessions.ts';
import { floatTensor } from '../../runtime/tensors.ts';
import type { GraphRecorder } from './graph-recorder.ts';
import { lookFile } from '../reference/look-files.ts';
import { nodeBackend } from '../gpu/node-backend.ts';
import {
  makePicture,
  numberedPicture,
  openReferenceEngine,
  pinOn,
  plainRequest,
  referenceLook,
} from '../runs/reference-engine.ts';
import { type LookCase, order, ReferenceLook } from '../reference/reference-look.ts';

const photo = (number: number) =>
  ({ kind: 'picture', image: numberedPicture(number), hash: `${number}`, region: null }) as const;

/** Pictures with an adapter: alone and beside the word, bound to it and not, with two subjects, and with reused features. */
export async function writeLook(recorder: GraphRecorder, kind: string): Promise<void> {
  recorder.current = `look-${kind}`;
  const engine = await openReferenceEngine('sd15', [], {}, referenceLook(await lookFile(`${kind}.safetensors`)));
  const two = [pinOn(1, [photo(0)]), pinOn(4, [photo(0), photo(1)])];
  const runs: readonly Partial<GenerateRequest>[] = [
    { alpha: 1, guidanceScale: 1, pinVoices: 'look', boundToWord: false },
    { alpha: 0.5, guidanceScale: 7.5 },
    { alpha: 0.5, guidanceScale: 7.5, pins: two },
    { alpha: 0.5, guidanceScale: 7.5, pins: two, steps: 4, reuseInterval: 2 },
  ];
  for (const how of runs)
    await makePicture(engine, {
      ...plainRequest,
      width: 64,
      height: 64,
      pins: two.slice(0, 1),
      caption: 'a dog beside a cat',
      steps: 1,
      ...how,
    });
}

/** A network of another shape with an adapter. */
export async function writeLookVariant(recorder: GraphRecorder, name: LookCase): Promise<void> {
  recorder.current = `look-${name}`;
  const backend = await nodeBackend('wasm');
  const look = await ReferenceLook.load(backend, name);
  const grid = name === 'lists' ? { height: 7, width: 10 } : { height: 8, width: 8 };
  const subjects = [0, 1].map((number) => ({ subject: number, photos: 1 }));
  const guidance = { alpha: 0.5, guidanceScale: 7.5 };
  const { config, weights, kernels } = look.unet;
  for (const kind of ['one', 'several'] as const) {
    const source = look.source(grid, kind === 'one' ? subjects.slice(0, 1) : subjects);
    const { dims } = source.wordMaps;
    const maps = floatTensor(backend, new Float32Array(dims.reduce((count, extent) => count * extent)).fill(1), dims);
    const moment = { branches: order, guidance, strengths: { look: [0.9, 0.6], detail: [] }, step: 1, steps: 2 };
    const feeds: Record<string, Tensor> = {
      latents: look.latents(`${grid.height}x${grid.width}`),
      ...(await look.feeds(source, order, moment)),
      [wordMapTensors.before]: maps,
      [wordMapTensors.given]: maps,
    };
    const session = await look.unet.open(buildUNet(config, weights, { kernels, ...grid, look: kind }));
    await runSession(session, ofSession(session.inference.inputNames, feeds));
    // What it reuses comes of a full step: it is checked as far as shapes go.
    await (await look.unet.open(buildShallowUNet(config, weights, { kernels, ...grid, look: kind }))).release();
    await session.release();
  }
}

/** Of the feeds those that a session reads. */
function ofSession(names: readonly string[], feeds: Readonly<Record<string, Tensor>>): Record<string, Tensor> {
  return Object.fromEntries(Object.entries(feeds).filter(([name]) => names.includes(name)));
}
