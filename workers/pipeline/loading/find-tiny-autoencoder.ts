import { blobSource, type ByteSource } from '../../checkpoint/bytes/byte-source.ts';
import { tinyAutoencoderConfig, tinyAutoencoderTable } from '../../checkpoint/kinds/tiny-autoencoder-file.ts';
import { isWeightFile } from '../../contract/file-kinds.ts';
import { PinwordError } from '../../errors.ts';
import { vaeEncoderPrefix } from '../../graph/graphs/vae-encoder.ts';
import { tinyDecoderPrefix } from '../../graph/graphs/tiny-encoder.ts';
import type { ComponentFiles } from '../../weights/sources/component-files.ts';
import { readWeightFile } from '../../weights/sources/weight-file.ts';
import { isStableDiffusion1Latent, tinyScale, vaeScale } from '../modules/latent-size.ts';
import type { Checkpoint } from './checkpoint.ts';
import { checkPart, type FoundParts } from './found-part.ts';

/** A tiny autoencoder that was chosen: see LoadModelRequest.tinyAutoencoder. */
export type TinyChoice =
  | { readonly kind: 'files'; readonly files: readonly File[] }
  | { readonly kind: 'from'; readonly checkpoint: Checkpoint; readonly path: string | null };

type FoundTiny = Pick<FoundParts, 'tinyDecoder' | 'tinyEncoder'>;

export const withoutTiny: FoundTiny = { tinyDecoder: null, tinyEncoder: null };

const example = 'madebyollin/taesd';

/**
 * Finds the halves of a tiny autoencoder, and checks them against the model; no weights are read. The encoder may be
 * missing: its publishers keep it in a file of its own.
 * @throws PinwordError 'bad-tiny-autoencoder' where it is none, or does not fit; 'file-not-found' | 'unsupported-config' |
 *   'missing-tensor' | 'extra-tensor' | 'tensor-shape' and what reading throws
 */
export async function findTinyAutoencoder(
  { vaeDecoder }: Pick<FoundParts, 'vaeDecoder'>,
  choice: TinyChoice,
): Promise<FoundTiny> {
  const all = choice.kind === 'files' ? await ofFiles(choice.files) : [await ofPlace(choice)];
  const origin = choice.kind === 'files' ? null : choice.checkpoint;
  const ofHalf = (prefix: string): ComponentFiles | null =>
    all.find(({ table }) => [...table.keys()].some((name) => name.startsWith(prefix))) ?? null;
  const [decoder, encoder] = [ofHalf(tinyDecoderPrefix), ofHalf(vaeEncoderPrefix)];
  if (decoder === null)
    throw bad(`"${all[0]?.weights.name ?? ''}" holds an encoder alone. Choose the decoder’s file, or both together.`);
  refuseOtherLatents(vaeDecoder.config, decoder.weights.name, origin?.name ?? '');
  const tinyDecoder = await checkPart('tinyDecoder', decoder, origin, pathOf(decoder));
  const tinyEncoder = encoder === null ? null : await checkPart('tinyEncoder', encoder, origin, pathOf(encoder));
  const scale = vaeScale(vaeDecoder.config);
  for (const stages of [tinyDecoder.config.num_decoder_blocks, tinyEncoder?.config.num_encoder_blocks]) {
    if (stages !== undefined && tinyScale(stages) !== scale)
      throw bad(
        `The tiny autoencoder has ${tinyScale(stages)} pixels along an edge for one of the latents, and this model’s VAE ${scale}. Choose one that was made for this model.`,
      );
  }
  return { tinyDecoder, tinyEncoder };
}

const bad = (sentence: string): PinwordError => new PinwordError('bad-tiny-autoencoder', sentence);

/** The folder of its config.json. */
const pathOf = ({ config: { name } }: ComponentFiles): string => name.slice(0, Math.max(0, name.lastIndexOf('/')));

/** Those for Stable Diffusion XL have the same tensors: only their names tell them. */
const forOthers = /taesdxl|sd-?xl|taesd3|taef1/iu;

/** Latents of another VAE would be decoded without an error, into something else. */
function refuseOtherLatents(vae: FoundParts['vaeDecoder']['config'], ...names: readonly string[]): void {
  const other = names.find((name) => forOthers.test(name));
  if (other !== undefined)
    throw bad(`The tiny autoencoder ${other} is not for Stable Diffusion 1.x. Choose ${example}.`);
  if (!isStableDiffusion1Latent(vae))
    throw bad(
      `TAESD reads the latents of Stable Diffusion 1.x, and this model’s are others (its VAE scales them by ${vae.scaling_factor}, not 0.18215). Take it away, or choose another model.`,
    );
}

/** Each file by itself: those of TAESD hold one half each. The config.json among them goes with all. */
async function ofFiles(files: readonly File[]): Promise<ComponentFiles[]> {
  const config = files.find(({ name }) => name === 'config.json');
  const json = config === undefined ? null : blobSource('config.json', config);
  const found: ComponentFiles[] = [];
  for (const file of files.filter(({ name }) => isWeightFile(name)))
    found.push(await alone(blobSource(file.name, file), json));
  if (found.length > 0) return found;
  throw bad(`There is no file of weights among these. Choose taesd_decoder.safetensors of ${example}.`);
}

/** A folder with a config.json, the top of a repository, or a file of weights. */
async function ofPlace({ checkpoint, path }: Extract<TinyChoice, { kind: 'from' }>): Promise<ComponentFiles> {
  if (path !== null && isWeightFile(path)) return ofFile(checkpoint, path);
  const folder = path === null ? '' : path.replace(/^\/+|(?<!\/)\/+$/gu, '');
  const files = await checkpoint.component('tiny_vae', folder);
  if (files !== null) return { ...files, table: tinyAutoencoderTable(files.table, files.weights.name) };
  const config = folder === '' ? 'config.json' : `${folder}/config.json`;
  throw (
    checkpoint.whyMissing(config) ??
    new PinwordError(
      'file-not-found',
      `${checkpoint.name} has no tiny autoencoder: there is no ${config}. Choose a repository that has one, e.g. ${example}.`,
    )
  );
}

async function ofFile(checkpoint: Checkpoint, path: string): Promise<ComponentFiles> {
  const file = await checkpoint.file(path);
  if (file !== null) return alone(file, null);
  throw (
    checkpoint.whyMissing(path) ??
    new PinwordError(
      'file-not-found',
      `${checkpoint.name} has no file ${path}. Choose one that it has, e.g. taesd_decoder.safetensors of ${example}.`,
    )
  );
}

/** @param config null reads it from the shapes */
async function alone(file: ByteSource, config: ByteSource | null): Promise<ComponentFiles> {
  const { source: weights, table: own } = await readWeightFile(file);
  const table = tinyAutoencoderTable(own, file.name);
  const json = new Blob([JSON.stringify(tinyAutoencoderConfig(table))]);
  return { folder: 'tiny_vae', config: config ?? blobSource(`${file.name}/config.json`, json), weights, table };
}
