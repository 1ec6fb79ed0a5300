import type { InferenceSession } from 'onnxruntime-web';

import { once } from '../once.ts';
import { exclusively } from '../runtime/exclusively.ts';
import type { Ort } from '../runtime/onnx-runtime.ts';
import type { NetworkFiles } from './network-files.ts';

type Transformers = typeof import('@huggingface/transformers');

/** Where transformers.js looks for another ONNX Runtime than its own. */
const runtimeHook = Symbol.for('onnxruntime');

/** No address: what stands here is only ever asked of `files`. */
const host = 'https://pinword.invalid/';
const branch = 'main';

/** The files that the library may read, by the address that it asks for. */
const files = new Map<string, Blob>();

const importOnce = once(async (): Promise<Transformers> => {
  const library = await import('@huggingface/transformers');
  const { env } = library;
  env.remoteHost = host;
  env.allowLocalModels = false;
  env.useBrowserCache = false;
  env.useFSCache = false;
  env.useWasmCache = false;
  env.useCustomCache = true;
  env.customCache = {
    match: (address) => Promise.resolve(responseOf(files.get(address))),
    put: () => Promise.resolve(),
  };
  // What the library asks beside the files of a network is optional: there is none of it, and nothing is asked of anyone.
  env.fetch = () => Promise.resolve(new Response(null, { status: 404 }));
  env.logLevel = library.LogLevel.NONE;
  return library;
});

function responseOf(blob: Blob | undefined): Response | undefined {
  return blob && new Response(blob, { headers: { 'Content-Length': String(blob.size) } });
}

/**
 * transformers.js on the app's own ONNX Runtime: one runtime, from the site, and no address but the site's. Its sessions
 * run on the processor, beside whatever forms on the GPU.
 */
export function loadTransformers(ort: Ort): Promise<Transformers> {
  const create = (model: Uint8Array): Promise<InferenceSession> =>
    exclusively(() => ort.InferenceSession.create(model, { executionProviders: ['wasm'], logSeverityLevel: 3 }));
  // Before the import, which reads it. Without `wasm` in env the library has no paths to set, which would be a CDN's.
  Reflect.set(globalThis, runtimeHook, { InferenceSession: { create }, Tensor: ort.Tensor, env: {} });
  return importOnce();
}

/** Hands the files of a network to the library. @returns the name by which it then finds them */
export function provideFiles(id: string, network: NetworkFiles): string {
  const name = `pinword/${id}`;
  for (const [path, blob] of network) files.set(`${host}${name}/resolve/${branch}/${path}`, blob);
  return name;
}
