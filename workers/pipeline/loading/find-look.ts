import { blobSource, type ByteSource } from '../../checkpoint/bytes/byte-source.ts';
import { readIpAdapterFile } from '../../checkpoint/kinds/ip-adapter-file.ts';
import type { IpAdapterConfig } from '../../checkpoint/kinds/ip-adapter-config.ts';
import { about, PinwordError } from '../../errors.ts';
import type { UNetConfig } from '../../graph/config/unet-config.ts';
import type { Checkpoint } from './checkpoint.ts';
import { findLookImageEncoder, type LookEncoderChoice } from './find-look-encoder.ts';
import { checkedPart, type FoundParts } from './found-part.ts';
import { refuseOtherNetwork } from './match-adapter.ts';

/** An IP-Adapter that was chosen, and where its image encoder is to be found. */
export interface LookChoice {
  readonly adapter: File | { readonly checkpoint: Checkpoint; readonly path: string };
  readonly encoder: LookEncoderChoice;
}

interface FoundLook extends Pick<FoundParts, 'ipAdapter' | 'lookImageEncoder'> {
  /** Where the image encoder comes from; null for a file of its own. */
  readonly lender: Checkpoint | null;
}

export const withoutLook: FoundLook = { ipAdapter: null, lookImageEncoder: null, lender: null };

/**
 * Finds an IP-Adapter and its image encoder, and checks them against the network and each other; no weights are read.
 * @param own the checkpoint that the network is of
 * @throws PinwordError 'bad-adapter' | 'file-not-found' | 'missing-tensor' | 'extra-tensor' | 'tensor-shape' |
 *   'unsupported-config' and what reading throws
 */
export async function findLook(
  own: Checkpoint,
  unet: UNetConfig,
  { adapter, encoder }: LookChoice,
): Promise<FoundLook> {
  const ipAdapter = await about('ipAdapter', () => findAdapter(adapter, unet));
  const place = adapter instanceof File ? null : { checkpoint: adapter.checkpoint, folder: folderOf(adapter.path) };
  const found = await about('lookImageEncoder', () => findLookImageEncoder(own, { ipAdapter, place }, encoder));
  return { ipAdapter, ...found };
}

/** A misfit is told before what is wrong with single tensors. */
async function findAdapter(
  adapter: LookChoice['adapter'],
  unet: UNetConfig,
): Promise<NonNullable<FoundParts['ipAdapter']>> {
  const { file, origin } =
    adapter instanceof File
      ? { file: blobSource(adapter.name, adapter), origin: null }
      : { file: await fileOf(adapter.checkpoint, adapter.path), origin: adapter.checkpoint };
  const { source: weights, table, config } = await readIpAdapterFile(file);
  refuseOtherNetwork(config, weights.name, unet);
  return checkedPart('ipAdapter', { folder: 'ip_adapter', config: configFile(config), weights, table }, origin, config);
}

async function fileOf(checkpoint: Checkpoint, path: string): Promise<ByteSource> {
  const file = await checkpoint.file(path);
  if (file !== null) return file;
  throw (
    checkpoint.whyMissing(path) ??
    new PinwordError(
      'file-not-found',
      `${checkpoint.name} has no file ${path}. Name the adapter’s file with its folders, e.g. models/ip-adapter-plus_sd15.safetensors of h94/IP-Adapter.`,
    )
  );
}

/** Stands where other parts have their config.json. */
const configFile = (config: IpAdapterConfig): ByteSource =>
  blobSource('ip_adapter/config.json', new Blob([JSON.stringify(config)]));

/** "" or "models". */
function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}
