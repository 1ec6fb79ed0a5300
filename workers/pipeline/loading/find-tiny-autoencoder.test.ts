import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { toErrorData } from '../../errors.ts';
import { folderFiles, referenceData } from '../../testing/reference/folder-files.ts';
import { lookFile } from '../../testing/reference/look-files.ts';
import { tinyFile, tinyFiles } from '../../testing/reference/tiny-files.ts';
import { openFolder } from '../../weights/sources/folder-source.ts';
import { layoutCheckpoint, type Checkpoint } from './checkpoint.ts';
import { findParts, findTiny } from './find-parts.ts';
import type { TinyChoice } from './find-tiny-autoencoder.ts';

const sd15 = layoutCheckpoint(await folderFiles(join(referenceData, 'sd15')));
const { found } = await findParts(sd15, { imageEncoder: null, vae: null, look: null, tiny: null, projector: null });
const { vaeDecoder } = found;

const decoderFile = await tinyFile('taesd_decoder.safetensors');
const encoderFile = await tinyFile('taesd_encoder.safetensors');
const [published, config] = await tinyFiles('published');
const [other, otherConfig] = await tinyFiles('other');

const files = (...all: readonly (File | undefined)[]): TinyChoice => ({
  kind: 'files',
  files: all.filter((file) => file !== undefined),
});

/** In the layout of madebyollin/taesd. */
function repository(name: string, paths: Readonly<Record<string, File | undefined>>): Checkpoint {
  const entries = Object.entries(paths).flatMap(([path, file]) => (file === undefined ? [] : [{ path, file }]));
  return layoutCheckpoint(openFolder(name, entries));
}
const taesd = repository('madebyollin/taesd', {
  'config.json': config,
  'diffusion_pytorch_model.safetensors': published,
  'taesd_decoder.safetensors': decoderFile,
  'small/config.json': otherConfig,
  'small/diffusion_pytorch_model.safetensors': other,
});

const renamed = (file: File | undefined, name: string): File => new File(file === undefined ? [] : [file], name);

async function withConfig(change: Readonly<Record<string, unknown>>): Promise<TinyChoice> {
  const json = JSON.parse((await config?.text()) ?? '') as object;
  return files(published, new File([JSON.stringify({ ...json, ...change })], 'config.json'));
}

/** What is said of a choice that is refused. */
async function refusal(choice: TinyChoice, model = { vaeDecoder }): Promise<string> {
  const error = await findTiny(model, choice).then(() => null, toErrorData);
  return error === null ? 'it was taken' : `${error.about ?? ''} ${error.code}: ${error.message}`;
}

describe('a tiny autoencoder', () => {
  it.each<readonly [string, TinyChoice]>([
    ['the top of its repository', { kind: 'from', checkpoint: taesd, path: null }],
    ['a folder of a repository', { kind: 'from', checkpoint: taesd, path: 'small/' }],
    ['diffusers’ file with its config', files(published, config)],
    ['diffusers’ file alone', files(published)],
    ['a file of other numbers alone', files(other)],
    ['the two files of TAESD', files(encoderFile, decoderFile)],
  ])('is found in %s, with both halves and every tensor of them', async (_, choice) => {
    const { tinyDecoder, tinyEncoder } = await findTiny({ vaeDecoder }, choice);
    const used = [tinyDecoder, tinyEncoder].flatMap((part) => [...(part?.usedTensors ?? [])]);
    const there = [tinyDecoder, tinyEncoder].flatMap((part) => [...(part?.files.table.keys() ?? [])]);
    expect(new Set(used)).toEqual(new Set(there));
    expect([tinyDecoder?.usedTensors.size, tinyEncoder?.usedTensors.size]).not.toContain(0);
  });

  it('is known by its shapes as by its config', async () => {
    const bare = await findTiny({ vaeDecoder }, files(other));
    const told = await findTiny({ vaeDecoder }, files(other, otherConfig));
    expect(bare.tinyDecoder?.config).toEqual({
      ...told.tinyDecoder?.config,
      scaling_factor: 1,
      shift_factor: undefined,
    });
    expect(bare.tinyEncoder?.config.num_encoder_blocks).toEqual(told.tinyEncoder?.config.num_encoder_blocks);
  });

  it('may come without its encoder', async () => {
    const choices = [files(decoderFile), { kind: 'from', checkpoint: taesd, path: decoderFile.name } as const];
    for (const choice of choices) {
      const { tinyDecoder, tinyEncoder } = await findTiny({ vaeDecoder }, choice);
      expect([tinyDecoder === null, tinyEncoder]).toEqual([false, null]);
    }
  });

  it('is looked for only where one was chosen', () => {
    expect([found.tinyDecoder, found.tinyEncoder]).toEqual([null, null]);
  });

  it.each<readonly [string, () => TinyChoice | Promise<TinyChoice>, RegExp]>([
    ['an encoder alone', () => files(encoderFile), /bad-tiny-autoencoder: .*holds an encoder alone/u],
    ['no weights', () => files(config), /bad-tiny-autoencoder: There is no file of weights/u],
    [
      'another file',
      async () => files(await lookFile('plus.safetensors')),
      /"plus.safetensors" is no tiny autoencoder/u,
    ],
    [
      'one for Stable Diffusion XL',
      () => files(renamed(published, 'taesdxl_decoder.safetensors')),
      /taesdxl_decoder.safetensors is not for Stable Diffusion 1/u,
    ],
    [
      'a repository of one for Stable Diffusion XL',
      () => {
        const paths = { 'config.json': config, 'diffusion_pytorch_model.safetensors': published };
        return { kind: 'from', checkpoint: repository('madebyollin/taesdxl', paths), path: null };
      },
      /madebyollin\/taesdxl is not for/u,
    ],
    [
      'latents of 16 channels',
      () => withConfig({ latent_channels: 16 }),
      /latent_channels .* is 16, .*TAESD of madebyollin/u,
    ],
    ['another class', () => withConfig({ _class_name: 'AutoencoderKL' }), /_class_name .* is "AutoencoderKL"/u],
    ['another activation', () => withConfig({ act_fn: 'gelu' }), /act_fn .* is "gelu"/u],
    ['stages of other widths', () => withConfig({ decoder_block_out_channels: [4, 4, 8, 8] }), /all must be the same/u],
    ['a config of other stages', () => withConfig({ num_decoder_blocks: [3, 3, 1] }), /num_decoder_blocks/u],
    ['a config of more blocks', () => withConfig({ num_decoder_blocks: [3, 3, 3, 2] }), /missing-tensor|tensor-shape/u],
    [
      'a repository without one',
      () => ({ kind: 'from', checkpoint: sd15, path: null }),
      /file-not-found: .* no config.json/u,
    ],
    [
      'a file that is not there',
      () => ({ kind: 'from', checkpoint: taesd, path: 'x.bin' }),
      /file-not-found: .* no file x.bin/u,
    ],
  ])('%s is refused, with the field that it is about', async (_, choice, sentence) => {
    const said = await refusal(await choice());
    expect(said).toMatch(/^tinyAutoencoder /u);
    expect(said).toMatch(sentence);
  });

  it('is refused where the latents are others', async () => {
    const choice = files(published, config);
    const scaled = { vaeDecoder: { ...vaeDecoder, config: { ...vaeDecoder.config, scaling_factor: 1.0093 } } };
    expect(await refusal(choice, scaled)).toMatch(/its VAE scales them by 1.0093/u);
    const stages = {
      vaeDecoder: { ...vaeDecoder, config: { ...vaeDecoder.config, block_out_channels: [16, 32, 32] } },
    };
    expect(await refusal(choice, stages)).toMatch(/bad-tiny-autoencoder/u);
  });
});
