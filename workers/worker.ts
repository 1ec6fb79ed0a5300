import { expose } from 'comlink';

import type { EngineApi } from './api.ts';
import { browserEnvironment } from './browser-environment.ts';
import { asResult } from './engine/as-result.ts';
import { Engine } from './engine/engine.ts';
import { pictureFiles } from './engine/picture-files.ts';
import { probe } from './probe.ts';

/** The worker lies one folder below the site's root: in assets/ when built, in workers/ when developed. */
const siteUrl = new URL('../', self.location.href).href;
const environment = browserEnvironment(siteUrl);
const engine = new Engine(environment);

const api: EngineApi = {
  probe: () => asResult(() => probe(environment.gpu)),
  loadModel: (request, onProgress) => engine.loadModel(request, onProgress),
  tokenize: (caption) => engine.tokenize(caption),
  encodeSubject: (image, region) => engine.encodeSubject(image, region),
  generate: (request, onEvent) => engine.generate(request, onEvent),
  setGuidance: (settings) => engine.setGuidance(settings),
  cancel: () => engine.cancel(),
  release: () => engine.release(),
  ...pictureFiles,
};

expose(api);
