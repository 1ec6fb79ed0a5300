import type { ModelSource, Notice, Provider } from './api.ts';
import type { BringWeights } from './engine/bring-components.ts';
import { layoutCheckpoint, singleFileCheckpoint, type Checkpoint } from './engine/checkpoint.ts';
import { memoryBringer, type Bringer, type EngineEnvironment } from './engine/environment.ts';
import { decodeSubjectImage } from './engine/subject-image.ts';
import { PinwordError } from './errors.ts';
import { kept } from './kept.ts';
import { requestGpu, type Gpu } from './runtime/device.ts';
import { loadOnnxRuntime } from './runtime/onnx-runtime.ts';
import type { Backend } from './runtime/sessions.ts';
import { materialize, type LocalWeights, type MaterializeRequest } from './weights/materialize.ts';
import type { ModelStorage } from './weights/model-storage.ts';
import { openModelStorage } from './weights/open-model-storage.ts';
import { openSource } from './weights/open-source.ts';
import { memorySink } from './weights/sinks.ts';
import { openUrl } from './weights/url-source.ts';
import { transformed, type StoredOwner } from './weights/weight-store.ts';

/** Files that the site ships, relative to its root. */
const embeddedModel = 'models/picturebook';
const clipTokenizer = 'tokenizers/clip';

export interface BrowserEnvironment extends EngineEnvironment {
  readonly gpu: () => Promise<Gpu>;
  /** The browser's storage, opened when it is first needed. @throws PinwordError 'storage-unavailable' */
  readonly storage: () => Promise<ModelStorage>;
}

/** The worker's surroundings in a browser. @param siteUrl root of the static site, with a slash at the end */
export function browserEnvironment(siteUrl: string): BrowserEnvironment {
  const gpu = kept(requestGpu);
  const storage = kept(() => openModelStorage());
  return {
    gpu,
    storage,
    openBackend: (provider) => openBackend(provider, gpu),
    openCheckpoint: (source, signal) => openCheckpoint(source, siteUrl, signal, storage),
    bringer: (checkpoint, { source, keep }) => (source.kind === 'embedded' ? Promise.resolve(memoryBringer(inMemory, null, nothingMissing)) : bringer(checkpoint, keep, storage)),
    decodeImage: decodeSubjectImage,
  };
}

async function openBackend(provider: Provider, gpu: () => Promise<Gpu>): Promise<Backend> {
  const ort = await loadOnnxRuntime();
  return { ort, gpu: provider === 'webgpu' ? await gpu() : null };
}

async function openCheckpoint(source: ModelSource, siteUrl: string, signal: AbortSignal, storage: () => Promise<ModelStorage>): Promise<Checkpoint> {
  if (source.kind === 'single-file') return singleFileCheckpoint(source, openUrl(`${siteUrl}${clipTokenizer}`, { signal }));
  const options = { embeddedUrl: `${siteUrl}${embeddedModel}`, signal };
  const stored = source.kind === 'hub' || source.kind === 'url' ? await storage().catch(() => null) : null;
  return layoutCheckpoint(stored === null ? await openSource(source, options) : await stored.open(source, options));
}

const nothingMissing: Bringer['missingBytes'] = () => Promise.resolve(0);
const allMissing: Bringer['missingBytes'] = (requests) => Promise.resolve(requests.reduce((sum, { table, wanted }) => sum + wanted.reduce((bytes, { name }) => bytes + (table.get(name)?.length ?? 0), 0), 0));

const inMemory: BringWeights = (request) => materialize(request, memorySink);

/** Where storage cannot be had, everything runs from memory, and the reason is said. */
async function bringer(checkpoint: Checkpoint, keep: boolean, storage: () => Promise<ModelStorage>): Promise<Bringer> {
  const { identity, name } = checkpoint;
  if (identity === null) return memoryBringer(inMemory, null, nothingMissing);
  try {
    const stored = await storage();
    const owner = { identity, name, licence: await checkpoint.licence() };
    return keep ? keepingBringer(stored, owner) : memoryBringer((request) => storedOrInMemory(stored, owner, request), null, (requests) => stored.missingBytes(owner, requests));
  } catch (error) {
    if (!(error instanceof PinwordError) || error.code !== 'storage-unavailable') throw error;
    if (!keep) return memoryBringer(inMemory, null, allMissing);
    return memoryBringer(inMemory, { code: error.code, message: `${error.message} The model is held in memory and must be downloaded again next time.` }, allMissing);
  }
}

function keepingBringer(stored: ModelStorage, owner: StoredOwner): Bringer {
  return {
    missingBytes: (requests) => stored.missingBytes(owner, requests),
    ensureRoom: (requests) => stored.ensureRoom(owner, requests),
    bring: (request) => stored.bring(owner, request),
    notice: async () => ((await stored.persisted()) ? null : mayBeCleared),
  };
}

const mayBeCleared: Notice = {
  code: 'storage-not-persistent',
  message: 'The browser has not agreed to keep what is stored: when the disk runs low it may delete this model, which would then be downloaded again.',
};

/** What an earlier visit stored is not downloaded again, though nothing more is stored. */
async function storedOrInMemory(stored: ModelStorage, owner: StoredOwner, request: MaterializeRequest): Promise<LocalWeights> {
  const { transform, ...base } = request;
  const local = await stored.find(owner, base);
  if (local === null) return inMemory(request);
  return transform === undefined ? local : transformed(local, { ...base, transform }, inMemory);
}
