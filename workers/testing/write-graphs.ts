/**
 * Writes every portable graph that the tiny reference checkpoints need, with what went in and what came out on ONNX
 * Runtime, for check_graphs.py: `npx tsx workers/testing/write-graphs.ts FOLDER`.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';

import type { InferenceSession, Tensor } from 'onnxruntime-web';

import { writeSafetensorsHeader } from '../checkpoint/safetensors-writer.ts';
import type { MemoryLevels } from '../api.ts';
import { releaseModel } from '../pipeline/model/loaded-model.ts';
import { requireVaeEncoder } from '../pipeline/model/on-demand.ts';
import { exportEmbedding } from '../pipeline/run/export-embedding.ts';
import { generatePictures } from '../pipeline/run/generate.ts';
import { RunControl } from '../pipeline/run/run-control.ts';
import { runSession } from '../runtime/sessions.ts';
import { nodeBackend } from './node-backend.ts';
import { entry, type ReferenceCase } from './reference-case.ts';
import { numberedPicture, pinOn, plainRequest } from './reference-engine.ts';
import { loadReferenceModel } from './reference-runs.ts';
import { ReferenceUNet, toFlatTensor } from './reference-unet.ts';
import { buildUNet } from '../graph/graphs/unet.ts';

// Optimizing the runtime takes longer than what is computed with it.
setFlagsFromString('--liftoff-only');

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new RangeError('Name a folder for the graphs.');

const dtypes = { float32: 'F32', int64: 'I64', int32: 'I32' } as const;

function dtypeOf({ type }: Tensor): (typeof dtypes)[keyof typeof dtypes] {
  if (type in dtypes) return dtypes[type as keyof typeof dtypes];
  throw new RangeError(`Tensors of the type ${type} are not written.`);
}

async function writeTensors(path: string, tensors: Readonly<Record<string, Tensor>>): Promise<void> {
  const specs = Object.entries(tensors).map(([name, tensor]) => ({
    name,
    dtype: dtypeOf(tensor),
    shape: tensor.dims,
  }));
  const { header, table, size } = writeSafetensorsHeader(specs);
  const file = new Uint8Array(size);
  file.set(header);
  for (const [name, tensor] of Object.entries(tensors)) {
    const { buffer, byteOffset, byteLength } = tensor.data as Float32Array;
    file.set(new Uint8Array(buffer, byteOffset, byteLength), table.get(name)?.offset);
  }
  await writeFile(path, file);
}

let graphs = 0;

/** The first run of every session is written beside its graph. */
function recordRuns(session: InferenceSession, place: string): void {
  const run = session.run.bind(session);
  let isWritten = false;
  session.run = async (feeds: InferenceSession.FeedsType) => {
    const isFirst = !isWritten;
    isWritten = true;
    if (isFirst) await writeTensors(join(place, 'feeds.safetensors'), feeds);
    const results = await run(feeds);
    if (isFirst) await writeTensors(join(place, 'results.safetensors'), results);
    return results;
  };
}

async function recordSessions(): Promise<void> {
  const { ort } = await nodeBackend('wasm');
  const create = ort.InferenceSession.create.bind(ort.InferenceSession) as (
    model: Uint8Array,
    options: InferenceSession.SessionOptions,
  ) => Promise<InferenceSession>;
  const record = async (model: Uint8Array, options: InferenceSession.SessionOptions): Promise<InferenceSession> => {
    graphs += 1;
    const place = join(folder ?? '', `${String(graphs).padStart(3, '0')}-${current}`);
    await mkdir(place, { recursive: true });
    await writeFile(join(place, 'model.onnx'), model);
    for (const { path, data } of (options.externalData ?? []) as { path: string; data: Blob | Uint8Array }[])
      await writeFile(join(place, path), data instanceof Blob ? new Uint8Array(await data.arrayBuffer()) : data);
    const session = await create(model, options);
    recordRuns(session, place);
    return session;
  };
  Object.assign(ort.InferenceSession, { create: record });
}

/** What is being written. */
let current = '';

const checkpoints: readonly (readonly [ReferenceCase, Partial<MemoryLevels>])[] = [
  ['sd15', {}],
  ['sd15', { branches: 'one-by-one', vaeTile: 4, keepEncoders: false }],
  ['v-prediction', {}],
  ['half', {}],
];

const subject = { kind: 'picture', image: numberedPicture(0), hash: '0', region: null } as const;
const pinned = { pins: [pinOn(1, [subject])] };

/** RGB in −1…1, [3 · 64 · 64]. Not one colour: norms of what does not vary magnify the last digits. */
const picturePlanes = Float32Array.from({ length: 3 * 64 * 64 }, (_, index) => Math.sin(index * index));

/** Runs of one checkpoint that need all its graphs: with and without pins and guidance, its encoders and its check. */
async function writeCheckpoint(name: ReferenceCase, plan: Partial<MemoryLevels>): Promise<void> {
  current = name;
  const model = await loadReferenceModel(name, 'wasm', plan);
  const size = { width: 64, height: 64 };
  for (const how of [
    { alpha: 0, guidanceScale: 1 },
    { alpha: 0, guidanceScale: 7.5 },
    { alpha: 0.5, guidanceScale: 7.5, ...pinned },
    { alpha: 1, guidanceScale: 1, ...pinned },
  ]) {
    const request = { ...plainRequest, ...size, caption: 'a dog', steps: 1, checkResult: true, ...how };
    await generatePictures(model, request, new RunControl(how), () => undefined);
  }
  await exportEmbedding(model, [subject], '<dog>', new RunControl());
  const encoder = await requireVaeEncoder(model, new AbortController().signal);
  await encoder.encode(
    picturePlanes,
    { height: 64 / model.vaeDecoder.scale, width: 64 / model.vaeDecoder.scale },
    model.plan.vaeTile,
  );
  await releaseModel(model);
}

const variants = [
  'no-middle',
  'three-levels-no-middle',
  'plain-middle',
  'text-only-attention',
  'lists',
  'guidance-embedding',
];

async function writeVariant(name: string): Promise<void> {
  current = name;
  const unet = await ReferenceUNet.loadVariant(await nodeBackend('wasm'), name);
  const session = await unet.open(buildUNet(unet.config, unet.weights, { kernels: unet.kernels, height: 8, width: 8 }));
  const latents = toFlatTensor(unet.backend, entry(unet.reference, '8x8.latents'));
  await runSession(session, { latents, ...(await unet.conditions([0, 1])) });
  await session.release();
}

await recordSessions();
for (const [name, plan] of checkpoints) await writeCheckpoint(name, plan);
for (const name of variants) await writeVariant(name);
console.log(`${graphs} graphs are written.`);
