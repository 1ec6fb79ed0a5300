import { HeldWeights } from './weights/convert/held-weights.ts';
import type { ModelSource, Provider } from './api.ts';
import { layoutCheckpoint, singleFileCheckpoint, type Checkpoint } from './pipeline/loading/checkpoint.ts';
import type { EnginePlatform } from './pipeline/run/platform.ts';
import { openWeightLoader } from './pipeline/loading/weight-loader.ts';
import { decodeSubjectImage } from './images/decode-image.ts';
import { once } from './once.ts';
import { requestGpu, type Gpu } from './runtime/device.ts';
import { loadOnnxRuntime } from './runtime/onnx-runtime.ts';
import type { Backend } from './runtime/sessions.ts';
import type { ModelStorage } from './weights/store/model-storage.ts';
import { openModelStorage, openTokenFiles } from './weights/store/open-model-storage.ts';
import { openSource } from './weights/sources/open-source.ts';
import type { TokenFiles } from './weights/store/token-files.ts';
import { openUrl } from './weights/sources/url-source.ts';

/** Files that the site ships, relative to its root. */
const embeddedModel = 'models/picturebook';
const clipTokenizer = 'tokenizers/clip';

interface BrowserPlatform extends EnginePlatform {
  readonly gpu: () => Promise<Gpu>;
  /** The browser's storage, opened when it is first needed. @throws PinwordError 'storage-unavailable' */
  readonly storage: () => Promise<ModelStorage>;
  readonly lookStore: TokenFiles;
}

/** The worker's surroundings in a browser. @param siteUrl root of the static site, with a slash at the end */
export function browserPlatform(siteUrl: string): BrowserPlatform {
  const gpu = once(requestGpu);
  const storage = once(() => openModelStorage(new URL(siteUrl).pathname));
  const held = new HeldWeights();
  return {
    gpu,
    storage,
    openBackend: (provider) => openBackend(provider, gpu),
    openCheckpoint: (source, signal) => openCheckpoint(source, siteUrl, signal, storage),
    openWeightLoader: (keep) => openWeightLoader(keep, storage, held),
    decodeImage: decodeSubjectImage,
    lookStore: openTokenFiles(new URL(siteUrl).pathname),
  };
}

async function openBackend(provider: Provider, gpu: () => Promise<Gpu>): Promise<Backend> {
  const ort = await loadOnnxRuntime();
  return { ort, gpu: provider === 'webgpu' ? await gpu() : null };
}

async function openCheckpoint(
  source: ModelSource,
  siteUrl: string,
  signal: AbortSignal,
  storage: () => Promise<ModelStorage>,
): Promise<Checkpoint> {
  if (source.kind === 'single-file')
    return singleFileCheckpoint(source, openUrl(`${siteUrl}${clipTokenizer}`, { signal }));
  const options = { embeddedUrl: `${siteUrl}${embeddedModel}`, signal };
  const stored = source.kind === 'hub' || source.kind === 'url' ? await storage().catch(() => null) : null;
  return layoutCheckpoint(stored === null ? await openSource(source, options) : await stored.open(source, options));
}
