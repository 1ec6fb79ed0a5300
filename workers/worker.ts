// Before every module that makes a schema.
import './zod-config.ts';
import { expose } from 'comlink';

import { areYouThere, type EngineApi } from './api.ts';
import { browserPlatform } from './browser-platform.ts';
import { Cancellable } from './cancellable.ts';
import { blobSource } from './checkpoint/bytes/byte-source.ts';
import { modelFileKind } from './checkpoint/kinds/file-kind.ts';
import { buildIdentity } from './graph/graphs/identity.ts';
import { asResult } from './as-result.ts';
import { Engine } from './pipeline/run/engine.ts';
import { pictureFiles } from './picture-files.ts';
import { pacedProgress } from './paced-progress.ts';
import { pictureDigits } from './pipeline/modules/look-memory.ts';
import { probe } from './probe.ts';
import { warmUpRuntime } from './runtime/warm-up.ts';
import { fetchRepositoryFile } from './weights/sources/fetch-repository-file.ts';

/** The worker lies one folder below the site's root: in assets/ when built, in workers/ when developed. */
const siteUrl = new URL('../', self.location.href).href;
const platform = browserPlatform(siteUrl);
const engine = new Engine(platform);
const verifications = new Cancellable();
// Beside everything else: whatever model comes, it is needed. What fails here fails there again, with a sentence.
warmUpRuntime(buildIdentity()).catch(() => undefined);

/** A picture that waited for the model is asked for at once, and must not wait for the kernels of another. */
const warmAfterMs = 300;

const api: EngineApi = {
  probe: () => asResult(() => probe(platform.gpu)),
  loadModel: async (request, onProgress, consent) => {
    const loaded = await engine.loadModel(request, pacedProgress(onProgress), consent);
    if (loaded.ok) setTimeout(() => void engine.warm(), warmAfterMs);
    return loaded;
  },
  tokenize: (text, embeddings, long) => engine.tokenize(text, embeddings, long),
  inspectEmbedding: (file, mustFit) => engine.inspectEmbedding(file, mustFit),
  exportEmbedding: (subjects, token) => engine.exportEmbedding(subjects, token),
  pseudoWords: (subjects) => engine.pseudoWords(subjects),
  generate: (request, onEvent) => engine.generate(request, onEvent),
  scorePictures: (request, onScores) => engine.scorePictures(request, onScores),
  scoreCaptions: (request) => engine.scoreCaptions(request),
  setGuidance: (settings) => engine.setGuidance(settings),
  setPinStrengths: (strengths) => engine.setPinStrengths(strengths),
  cancel: () => engine.cancel(),
  fileKind: (file) => asResult(() => modelFileKind(blobSource(file.name, file))),
  fetchFile: (file, onProgress) => asResult(() => fetchRepositoryFile(file, pacedProgress(onProgress))),
  forgetLooks: (pictures) =>
    asResult(() => platform.lookStore.forget(pictures.map((hash) => hash.slice(0, pictureDigits)))),
  storedModels: () => asResult(async () => (await platform.storage()).list()),
  deleteModel: (id) => asResult(async () => (await platform.storage()).remove(id)),
  verifyModel: (id, onProgress) =>
    asResult(() =>
      verifications.run(id, async (signal) => {
        const storage = await platform.storage();
        const paced = pacedProgress(onProgress);
        return storage.verify(id, {
          signal,
          onProgress: (bytes, totalBytes) => {
            paced({ phase: 'verify', file: id, bytes, totalBytes });
          },
        });
      }),
    ),
  cancelVerify: (id) => {
    verifications.cancel(id);
    return Promise.resolve();
  },
  ...pictureFiles,
};

self.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
  if (data === areYouThere) self.postMessage(areYouThere);
});
expose(api);
