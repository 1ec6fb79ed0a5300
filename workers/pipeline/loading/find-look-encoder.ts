import { blobSource, type ByteSource } from '../../checkpoint/bytes/byte-source.ts';
import { clipVisionConfigOf } from '../../checkpoint/kinds/clip-vision-file.ts';
import { parseJson } from '../../checkpoint/json/json-file.ts';
import { PinwordError } from '../../errors.ts';
import { isWeightFile } from '../../contract/file-kinds.ts';
import { parseClipVisionConfig } from '../../graph/config/clip-config.ts';
import { lookFeatures } from '../../graph/graphs/look-tokens.ts';
import type { ComponentFiles } from '../../weights/sources/component-files.ts';
import { readWeightFile } from '../../weights/sources/weight-file.ts';
import type { Checkpoint } from './checkpoint.ts';
import { checkedPart, type FoundParts } from './found-part.ts';
import { refuseOtherEncoder } from './match-adapter.ts';

/** Where the image encoder of an adapter comes from: see LoadModelRequest.lookImageEncoder. */
export type LookEncoderChoice =
  | { readonly kind: 'adapter' }
  | { readonly kind: 'checkpoint' }
  | { readonly kind: 'file'; readonly file: File }
  | { readonly kind: 'from'; readonly checkpoint: Checkpoint; readonly path: string | null };

interface Adapter {
  readonly ipAdapter: NonNullable<FoundParts['ipAdapter']>;
  /** The repository that it is of, and its folder there; null for a file at hand. */
  readonly place: { readonly checkpoint: Checkpoint; readonly folder: string } | null;
}

interface FoundEncoder {
  readonly files: ComponentFiles;
  /** null for a file at hand. */
  readonly lender: Checkpoint | null;
  /** Of its config, for messages. */
  readonly path: string;
}

/** Published beside SD 1.5's adapters, and what most of them were trained with. */
const advice = 'Name one under “Image encoder of the adapter”: that of h94/IP-Adapter is in models/image_encoder.';

/**
 * @throws PinwordError 'file-not-found' naming the places that were looked at; 'bad-adapter' where it does not fit the
 *   adapter; 'unsupported-config' | 'missing-tensor' | 'extra-tensor' | 'tensor-shape' and what reading throws
 */
export async function findLookImageEncoder(
  own: Checkpoint,
  { ipAdapter, place }: Adapter,
  choice: LookEncoderChoice,
): Promise<Pick<FoundParts, 'lookImageEncoder'> & { readonly lender: Checkpoint | null }> {
  const { files, lender, path } = await find(own, place, choice);
  const vision = parseClipVisionConfig(await parseJson(files.config), path);
  refuseOtherEncoder(ipAdapter.config, ipAdapter.files.weights.name, { vision, name: nameOf(files, lender) });
  const config = { ...vision, features: lookFeatures(ipAdapter.config.projection) };
  return { lookImageEncoder: checkedPart('lookImageEncoder', files, lender, config), lender };
}

function nameOf({ weights }: ComponentFiles, lender: Checkpoint | null): string {
  return lender === null ? `"${weights.name}"` : `${weights.name} of ${lender.name}`;
}

async function find(own: Checkpoint, place: Adapter['place'], choice: LookEncoderChoice): Promise<FoundEncoder> {
  switch (choice.kind) {
    case 'adapter':
      return place === null ? ofCheckpoint(own) : inFolders(place.checkpoint, besideAdapter(place.folder));
    case 'checkpoint':
      return ofCheckpoint(own);
    case 'file':
      return { ...(await alone(blobSource(choice.file.name, choice.file))), lender: null };
    case 'from':
      return choice.path === null || !isWeightFile(choice.path)
        ? inFolders(choice.checkpoint, choice.path === null ? usualPlaces : [withoutSlash(choice.path)])
        : inFile(choice.checkpoint, choice.path);
  }
}

/** '' is the top of a repository that holds nothing else. */
const usualPlaces = ['image_encoder', 'models/image_encoder', ''];

/** SD 1.x has its image encoder inside its safety checker only. */
const ofCheckpoint = (own: Checkpoint): Promise<FoundEncoder> => inFolders(own, ['image_encoder', 'safety_checker']);

function besideAdapter(folder: string): readonly string[] {
  return [...new Set([folder === '' ? 'image_encoder' : `${folder}/image_encoder`, ...usualPlaces.slice(0, 2)])];
}

async function inFolders(checkpoint: Checkpoint, places: readonly string[]): Promise<FoundEncoder> {
  const configs = places.map((place) => (place === '' ? 'config.json' : `${place}/config.json`));
  for (const [index, place] of places.entries()) {
    const files = await checkpoint.component('image_encoder', place);
    if (files !== null) return { files, lender: checkpoint, path: configs[index] ?? '' };
  }
  throw (
    checkpoint.whyMissing(configs[0] ?? '') ??
    new PinwordError(
      'file-not-found',
      `The IP-Adapter needs an image encoder, and ${checkpoint.name} has none: ${places.length === 1 ? 'there is no' : 'neither'} ${configs.join(' nor ')}. ${advice}`,
    )
  );
}

async function inFile(checkpoint: Checkpoint, path: string): Promise<FoundEncoder> {
  const file = await checkpoint.file(path);
  if (file !== null) return { ...(await alone(file)), lender: checkpoint };
  throw (
    checkpoint.whyMissing(path) ??
    new PinwordError('file-not-found', `${checkpoint.name} has no file ${path} for an image encoder. ${advice}`)
  );
}

/** A file of weights without a config. */
async function alone(file: ByteSource): Promise<Pick<FoundEncoder, 'files' | 'path'>> {
  const { source: weights, table } = await readWeightFile(file);
  const json = clipVisionConfigOf(table);
  if (json === null)
    throw new PinwordError(
      'unsupported-config',
      `"${file.name}" is no image encoder whose sizes its tensors tell: it must be a CLIP vision tower with the names of transformers. Choose a folder that has its config.json, or CLIP-ViT-H-fp16.safetensors.`,
    );
  const config = blobSource(`${file.name}/config.json`, new Blob([JSON.stringify(json)]));
  return { files: { folder: 'image_encoder', config, weights, table }, path: config.name };
}

const withoutSlash = (path: string): string => path.replace(/^\/+|(?<!\/)\/+$/g, '');
