import { PinwordError } from '../../errors.ts';
import type { ByteSource } from '../bytes/byte-source.ts';
import { ipAdapterConfig, ipAdapterGroups, type IpAdapterConfig } from './ip-adapter-config.ts';
import { readTensorFile } from '../tensor-files/tensor-file.ts';
import type { TensorTable } from '../tensors/tensor-table.ts';

/** An IP-Adapter under the names of its safetensors files: `image_proj.` and `ip_adapter.` before each. */
export interface IpAdapterFile {
  /** What the table's places are in. */
  readonly source: ByteSource;
  readonly table: TensorTable;
  readonly config: IpAdapterConfig;
}

/**
 * Reads an IP-Adapter for Stable Diffusion 1.x as it is published (h94/IP-Adapter): plain, light, Plus, Plus-face and
 * full-face, in a safetensors file or in a torch file of two dicts. Reads headers only.
 * @throws PinwordError 'bad-adapter' where it is another file, naming adapters that are not for Stable Diffusion 1.x;
 *   'bad-safetensors' | 'bad-pickle' | 'download-incomplete'
 */
export async function readIpAdapterFile(file: ByteSource): Promise<IpAdapterFile> {
  const { source, table } = await readTensorFile(file, [], ipAdapterGroups);
  if (!isIpAdapterTable(table))
    throw bad(file, 'is no IP-Adapter: it holds no image projection with keys and values of cross-attentions.');
  const other = others.find(({ isOne }) => isOne(table));
  if (other !== undefined) throw bad(file, other.what);
  const config = ipAdapterConfig(table);
  if (config === null) throw bad(file, 'is an IP-Adapter of a kind that is not supported.');
  return { source, table, config };
}

/** Whether a file's tensors are those of an IP-Adapter, as far as names tell. */
export function isIpAdapterTable(table: TensorTable): boolean {
  const names = [...table.keys()];
  return ipAdapterGroups.every((group) => names.some((name) => name.startsWith(`${group}.`)));
}

interface OtherAdapter {
  readonly what: string;
  readonly isOne: (table: TensorTable) => boolean;
}

/** Width of the hidden states that Stable Diffusion XL's network reads. */
const widthOfXl = 2048;

/** Adapters with the same two groups that are made for something else. */
const others: readonly OtherAdapter[] = [
  {
    what: 'is a FaceID adapter. It reads faces through a network of InsightFace, which Pinword does not have.',
    isOne: (table) =>
      [...table.keys()].some((name) => /^ip_adapter\..*_lora\.|^image_proj\.perceiver_resampler\./.test(name)) ||
      (table.has('image_proj.proj.0.weight') && table.has('image_proj.norm.weight')),
  },
  {
    what: 'is made for Stable Diffusion XL.',
    isOne: (table) => table.get('ip_adapter.1.to_k_ip.weight')?.shape[1] === widthOfXl,
  },
];

function bad(source: ByteSource, what: string): PinwordError {
  return new PinwordError(
    'bad-adapter',
    `"${source.name}" ${what} Choose one for Stable Diffusion 1.5, e.g. ip-adapter-plus_sd15.safetensors of h94/IP-Adapter.`,
  );
}
