import type { TensorTable } from '../tensors/tensor-table.ts';

/** What every image projection has: E numbers of an image feature become a token of D numbers. */
interface Widths {
  readonly embedDim: number;
  readonly tokenDim: number;
}

/** One linear layer from the pooled image embedding to all tokens, then a layer norm. */
interface PlainProjection extends Widths {
  readonly kind: 'plain';
  readonly tokens: number;
}

/** A perceptron over the encoder's hidden states, one by one: a token for each patch. */
interface FullFaceProjection extends Widths {
  readonly kind: 'full-face';
  readonly hiddenDim: number;
}

/** A resampler: latents that attend to the encoder's hidden states. */
export interface PlusProjection extends Widths {
  readonly kind: 'plus';
  readonly tokens: number;
  /** Numbers in a latent. */
  readonly width: number;
  readonly depth: number;
  readonly heads: number;
  /** Of every layer's feed-forward. */
  readonly feedForwardDim: number;
}

export type ImageProjection = PlainProjection | FullFaceProjection | PlusProjection;

/** Keys and values of one cross-attention: `ip_adapter.{index}.to_k_ip.weight` and `to_v_ip` [channels, D]. */
interface IpAdapterLayer {
  readonly index: number;
  readonly channels: number;
}

/** An IP-Adapter (Ye et al. 2023), as its tensors tell. */
export interface IpAdapterConfig {
  readonly projection: ImageProjection;
  /** By index: 1, 3, 5 and so on. */
  readonly layers: readonly IpAdapterLayer[];
}

/** Groups of tensors: dicts in a torch file, prefixes of names in a safetensors file. */
export const ipAdapterGroups = ['image_proj', 'ip_adapter'] as const;

/** Of every adapter's resampler, whatever its width. */
export const resamplerHeadDim = 64;

const keyName = /^ip_adapter\.(\d+)\.to_k_ip\.weight$/;

/**
 * Tells the kinds apart by their names, as diffusers does, and takes sizes from shapes. That all tensors are there and
 * have these sizes is checked where the graphs are built.
 * @returns null where an image projection of no known kind, or no layer, is there
 */
export function ipAdapterConfig(table: TensorTable): IpAdapterConfig | null {
  const projection = plain(table) ?? fullFace(table) ?? plus(table);
  const layers = [...table]
    .flatMap(([name, { shape }]) => {
      const index = keyName.exec(name)?.[1];
      return index === undefined ? [] : [{ index: Number(index), channels: shape[0] ?? 0 }];
    })
    .sort((a, b) => a.index - b.index);
  return projection === null || layers.length === 0 ? null : { projection, layers };
}

/** The size of an axis of a tensor; 0 where there is no such axis, which no shape in a graph equals. */
type SizeOf = (name: string, axis: number) => number;

const sizesIn =
  (table: TensorTable): SizeOf =>
  (name, axis) =>
    table.get(`image_proj.${name}`)?.shape[axis] ?? 0;

function plain(table: TensorTable): PlainProjection | null {
  const size = sizesIn(table);
  const [rows, tokenDim] = [size('proj.weight', 0), size('norm.weight', 0)];
  if (rows === 0 || tokenDim === 0 || rows % tokenDim !== 0) return null;
  return { kind: 'plain', tokens: rows / tokenDim, embedDim: size('proj.weight', 1), tokenDim };
}

function fullFace(table: TensorTable): FullFaceProjection | null {
  const size = sizesIn(table);
  const tokenDim = size('proj.3.weight', 0);
  if (tokenDim === 0) return null;
  return { kind: 'full-face', embedDim: size('proj.0.weight', 1), hiddenDim: size('proj.0.weight', 0), tokenDim };
}

function plus(table: TensorTable): PlusProjection | null {
  const size = sizesIn(table);
  const heads = size('layers.0.0.to_q.weight', 0) / resamplerHeadDim;
  if (size('latents', 1) === 0 || size('latents', 2) === 0 || heads === 0 || !Number.isInteger(heads)) return null;
  let depth = 0;
  while (table.has(`image_proj.layers.${depth}.0.to_q.weight`)) depth += 1;
  return {
    kind: 'plus',
    tokens: size('latents', 1),
    width: size('latents', 2),
    depth,
    heads,
    feedForwardDim: size('layers.0.1.1.weight', 0),
    embedDim: size('proj_in.weight', 1),
    tokenDim: size('proj_out.weight', 0),
  };
}
