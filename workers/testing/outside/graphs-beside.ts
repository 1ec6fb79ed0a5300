import { readFile } from 'node:fs/promises';

import type { Tensor } from 'onnxruntime-web';

import { blobSource } from '../../checkpoint/bytes/byte-source.ts';
import { readProjectorFile } from '../../checkpoint/kinds/projector-files.ts';
import { parseProjectorConfig } from '../../graph/config/projector-config.ts';
import { buildChain, chainShapes, chainTensors } from '../../graph/graphs/chain.ts';
import { buildIdentity } from '../../graph/graphs/identity.ts';
import { buildProjector } from '../../graph/graphs/projector.ts';
import { buildTinyDecoder } from '../../graph/graphs/tiny-decoder.ts';
import { buildTinyEncoder } from '../../graph/graphs/tiny-encoder.ts';
import { openSession, runSession } from '../../runtime/sessions.ts';
import { floatTensor, output } from '../../runtime/tensors.ts';
import type { GraphRecorder } from './graph-recorder.ts';
import { nodeBackend } from '../gpu/node-backend.ts';
import { decoderHalf, encoderHalf, loadTiny, tinyCases } from '../reference/tiny-files.ts';
import { referenceUpload } from '../runs/picture-runs.ts';
import { wave } from './wave.ts';

export async function writeProjectors(recorder: GraphRecorder): Promise<void> {
  const backend = await nodeBackend('wasm');
  for (const path of ['projector/lincir.pt', 'projector/pic2word.pt', 'projector/searle.safetensors']) {
    recorder.current = path.replaceAll(/\W/gu, '-');
    const { config, table, source } = await readProjectorFile(blobSource(path, await referenceUpload('formats', path)));
    const { model } = buildProjector(
      parseProjectorConfig(config),
      { table, location: 'weights' },
      { kernels: 'portable' },
    );
    const data = await source.read(0, source.size);
    const session = await openSession(backend, model, [{ path: 'weights', data }]);
    await runSession(session, { image_embeds: floatTensor(backend, wave(config.input_dim), [1, config.input_dim]) });
  }
}

export async function writeSmallGraphs(recorder: GraphRecorder): Promise<void> {
  const backend = await nodeBackend('wasm');
  recorder.current = 'identity';
  const identity = await openSession(backend, buildIdentity(), []);
  await runSession(identity, { input: floatTensor(backend, wave(1), [1]) });
  recorder.current = 'chain';
  const chain = await openSession(backend, buildChain('portable'), []);
  const feeds = Object.entries(chainShapes).map(([name, shape]) => [
    chainTensors[name as keyof typeof chainShapes],
    floatTensor(backend, wave(shape[0] * shape[1]), shape),
  ]);
  await runSession(chain, Object.fromEntries(feeds) as Record<string, Tensor>);
}

/** Both halves of tiny autoencoders: what one decodes, the other encodes. */
export async function writeTinyAutoencoders(recorder: GraphRecorder): Promise<void> {
  const backend = await nodeBackend('wasm');
  const size = { height: 4, width: 6 };
  const options = { kernels: 'portable', ...size } as const;
  for (const name of tinyCases) {
    recorder.current = `tiny-${name}`;
    const decoder = await loadTiny(name, decoderHalf);
    const { latent_channels: channels } = decoder.config;
    const decoding = buildTinyDecoder(decoder.config, decoder.weights, options);
    const dims = [1, channels, size.height, size.width];
    const latents = floatTensor(backend, wave(dims.reduce((count, extent) => count * extent)), dims);
    const decoded = await runSession(await openSession(backend, decoding.model, [decoder.file]), { latents });
    const encoder = await loadTiny(name, encoderHalf);
    const encoding = buildTinyEncoder(encoder.config, encoder.weights, options);
    await runSession(await openSession(backend, encoding.model, [encoder.file]), { image: output(decoded, 'image') });
  }
}

/** The network that cuts subjects out of drawings: made by torch, and shipped by us. */
export async function writeCutOut(recorder: GraphRecorder): Promise<void> {
  recorder.current = 'cut-out';
  const backend = await nodeBackend('wasm');
  const path = new URL('../../../public/models/picturebook-cutout/onnx/model.onnx', import.meta.url);
  const session = await openSession(backend, new Uint8Array(await readFile(path)), []);
  const [input = 'pixel_values'] = session.inference.inputNames;
  await runSession(session, { [input]: floatTensor(backend, wave(3 * 256 * 256), [1, 3, 256, 256]) });
}
