import type { ModelSource, Provider } from './api.ts';
import { layoutCheckpoint, singleFileCheckpoint, type Checkpoint } from './engine/checkpoint.ts';
import type { EngineEnvironment } from './engine/environment.ts';
import { decodeSubjectImage } from './engine/subject-image.ts';
import { requestGpu, type Gpu } from './runtime/device.ts';
import { loadOnnxRuntime } from './runtime/onnx-runtime.ts';
import type { Backend } from './runtime/sessions.ts';
import { materialize } from './weights/materialize.ts';
import { openSource } from './weights/open-source.ts';
import { memorySink } from './weights/sinks.ts';
import { openUrl } from './weights/url-source.ts';

/** Files that the site ships, relative to its root. */
const embeddedModel = 'models/picturebook';
const clipTokenizer = 'tokenizers/clip';

/** The worker's surroundings in a browser. @param siteUrl root of the static site, with a slash at the end */
export function browserEnvironment(siteUrl: string): EngineEnvironment & { readonly gpu: () => Promise<Gpu> } {
  const gpu = keptGpu();
  return {
    gpu,
    openBackend: (provider) => openBackend(provider, gpu),
    openCheckpoint: (source, signal) => openCheckpoint(source, siteUrl, signal),
    bring: (_, request) => materialize(request, memorySink),
    decodeImage: decodeSubjectImage,
  };
}

/** One device for all sessions, requested when it is first needed and again after it was lost. */
function keptGpu(): () => Promise<Gpu> {
  let kept: Promise<Gpu> | null = null;
  return () => {
    kept ??= requestGpu().then((gpu) => {
      void gpu.device.lost.then(() => {
        kept = null;
      });
      return gpu;
    });
    kept.catch(() => {
      kept = null;
    });
    return kept;
  };
}

async function openBackend(provider: Provider, gpu: () => Promise<Gpu>): Promise<Backend> {
  const ort = await loadOnnxRuntime();
  return { ort, gpu: provider === 'webgpu' ? await gpu() : null };
}

async function openCheckpoint(source: ModelSource, siteUrl: string, signal: AbortSignal): Promise<Checkpoint> {
  if (source.kind === 'single-file') return singleFileCheckpoint(source.file, openUrl(`${siteUrl}${clipTokenizer}`, { signal }));
  return layoutCheckpoint(await openSource(source, { embeddedUrl: `${siteUrl}${embeddedModel}`, signal }));
}
