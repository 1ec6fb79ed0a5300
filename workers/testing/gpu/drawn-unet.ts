import { float16Bits } from '../../checkpoint/tensors/float-bits.ts';
import type { TensorInfo } from '../../checkpoint/tensors/tensor-table.ts';
import { precisions, type Precision } from '../../contract/memory.ts';
import { parseUNetConfig, type UNetConfig } from '../../graph/config/unet-config.ts';
import { lookLayers } from '../../graph/modules/look-names.ts';
import type { LoadedPart } from '../../pipeline/modules/loaded-part.ts';
import { readUNetShapes } from './unet-shapes.ts';

/** The width of Stable Diffusion 1.5's first stage: every channel count of its UNet is a multiple of it. */
const firstWidth = 320;

/**
 * A UNet of Stable Diffusion 1.5's topology with drawn weights.
 * @param narrowing by how much fewer channels it has; 1 for the real width, else a divisor of 10
 */
export async function drawnUNet({
  narrowing,
  precision,
  shapes,
}: {
  readonly narrowing: number;
  readonly precision: Precision;
  /** The file of names and shapes: see readUNetShapes. */
  readonly shapes?: string;
}): Promise<LoadedPart<UNetConfig>> {
  const { config, tensors } = await readUNetShapes(shapes);
  const narrow = (size: number): number => (size % firstWidth === 0 ? size / narrowing : size);
  const narrowed = Object.entries(tensors).map(([name, wide]) => [name, wide.map(narrow)] as const);
  return {
    config: parseUNetConfig({ ...config, block_out_channels: config.block_out_channels.map(narrow) }),
    ...drawnPart('unet.safetensors', narrowed, precision),
  };
}

/** An adapter of such a UNet, with drawn keys and values. */
export function drawnAdapter(
  { config }: LoadedPart<UNetConfig>,
  precision: Precision,
): Pick<LoadedPart<unknown>, 'weights' | 'file'> {
  const shapes = lookLayers(config).flatMap(({ index, channels }) =>
    ['to_k_ip', 'to_v_ip'].map(
      (name) => [`ip_adapter.${index}.${name}.weight`, [channels, config.cross_attention_dim[0] ?? 0]] as const,
    ),
  );
  return drawnPart('ip_adapter.safetensors', shapes, precision);
}

function drawnPart(
  location: string,
  shapes: readonly (readonly [name: string, shape: readonly number[]])[],
  precision: Precision,
): Pick<LoadedPart<unknown>, 'weights' | 'file'> {
  const { dtype, bytes } = precisions[precision];
  const table = new Map<string, TensorInfo>();
  let offset = 0;
  for (const [name, shape] of shapes) {
    const length = shape.reduce((product, size) => product * size, bytes);
    table.set(name, { dtype, shape, offset, length });
    offset += length;
  }
  const data = new Uint8Array(offset);
  for (const [name, info] of table) draw(data, name, info);
  return { weights: { table, location }, file: { path: location, data } };
}

/** Norms begin as the identity; weights are uniform with the variance that keeps that of their input. */
function draw(data: Uint8Array<ArrayBuffer>, name: string, { dtype, shape, offset, length }: TensorInfo): void {
  const count = shape.reduce((product, size) => product * size, 1);
  const values = new Float32Array(count);
  if (shape.length > 1) fillUniform(values, Math.sqrt((3 * (shape[0] ?? 1)) / count), offset + 1);
  else if (name.endsWith('.weight')) values.fill(1);
  const bytes = dtype === 'F16' ? float16Bits(new Uint32Array(values.buffer)) : values;
  data.set(new Uint8Array(bytes.buffer, bytes.byteOffset, length), offset);
}

/** Numbers in −bound … bound, the same for the same seed (a linear congruential generator: what they are is no matter). */
function fillUniform(values: Float32Array, bound: number, seed: number): void {
  let state = seed >>> 0;
  for (let index = 0; index < values.length; index++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    values[index] = bound * (state / 2 ** 31 - 1);
  }
}
