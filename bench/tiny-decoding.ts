import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { printTable } from '../e2e/support/table.ts';
import type { LoadedModel } from '../workers/pipeline/model/loaded-model.ts';
import { TinyDecoder } from '../workers/pipeline/modules/tiny-decoder.ts';
import { floatTensor } from '../workers/runtime/tensors.ts';
import { decoderHalf, loadTinyHalf } from '../workers/testing/reference/tiny-files.ts';
import { interleave, median, ratio } from './rounds.ts';

/**
 * The model with the tiny decoder of a folder that training's stage wrote. The page takes one for Stable Diffusion 1.x
 * only, since a file does not say whose latents it reads; whoever names the folder here vouches for it.
 */
export async function withTinyDecoder(model: LoadedModel, folder: string): Promise<LoadedModel> {
  const config: unknown = JSON.parse(await readFile(join(folder, 'config.json'), 'utf8'));
  const name = 'diffusion_pytorch_model.safetensors';
  const weights = new File([await readFile(join(folder, name))], name);
  return { ...model, tinyDecoder: new TinyDecoder(model.backend, await loadTinyHalf(weights, config, decoderHalf)) };
}

const size = { height: 16, width: 16 } as const;
const rounds = 15;

/** Prints what decoding alone takes, by both decoders in turn, and its share of a picture. @param picture CPU time in ms */
export async function printDecoding(model: LoadedModel, picture: number): Promise<void> {
  const { backend, vaeDecoder, tinyDecoder } = model;
  if (tinyDecoder === null) return;
  const shape = [1, model.denoiser.latentChannels, size.height, size.width];
  // How long it takes does not depend on the numbers.
  const values = Float32Array.from({ length: shape.reduce((a, b) => a * b) }, (_, index) => Math.sin(index));
  const results = await interleave(
    Object.entries({ full: vaeDecoder, tiny: tinyDecoder }).map(([name, decoder]) => ({
      name,
      run: async () => Float32Array.from((await decoder.decode(floatTensor(backend, values, shape), size, 0)).data),
    })),
    rounds,
  );
  const cpu = results.map(({ costs }) => costs.map((cost) => cost.cpu));
  printTable(
    ['decoding alone', 'CPU time', 'of the full one', 'of a picture'],
    results.map(({ name }, index) => {
      const own = cpu[index] ?? [];
      const share = `${((100 * median(own)) / picture).toFixed(1)} %`;
      return [name, `${median(own).toFixed(0)} ms`, ratio(own, cpu[0] ?? []).toFixed(2), share];
    }),
  );
}
