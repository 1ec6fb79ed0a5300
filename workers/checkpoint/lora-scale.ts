import { z } from 'zod';
import { PinwordError } from '../errors.ts';
import type { ByteSource } from './byte-source.ts';
import { convertChecked, isFloatDtype, toFloat32 } from './dtype.ts';
import { parseJsonText } from './json-file.ts';
import type { TensorInfo } from './tensor-table.ts';

/** What diffusers writes beside peft's weights: alpha for all modules, and exceptions by module name. */
export interface AdapterMetadata {
  readonly alpha: number | null;
  readonly stabilised: boolean;
}

const metadataKey = 'lora_adapter_metadata';
const schema = z.record(z.string(), z.unknown());
const patternSchema = z.record(z.string(), z.number());

/** Alpha of one module from a file's metadata; null where it says none (then alpha equals the rank). */
export function readAdapterMetadata(metadata: ReadonlyMap<string, string>, module: string): AdapterMetadata {
  const text = metadata.get(metadataKey);
  if (text === undefined) return { alpha: null, stabilised: false };
  const all = parse(text);
  const [, component = '', name = ''] = /^([^.]+)\.(.+)$/s.exec(module) ?? [];
  const pattern = patternSchema.safeParse(all[`${component}.alpha_pattern`]);
  const exception = pattern.success
    ? Object.entries(pattern.data).find(([key]) => name === key || name.endsWith(`.${key}`))
    : undefined;
  const alpha = exception?.[1] ?? all[`${component}.lora_alpha`];
  return { alpha: typeof alpha === 'number' ? alpha : null, stabilised: all[`${component}.use_rslora`] === true };
}

/** alpha / rank (alpha / √rank where rank-stabilised), 1 where the file says no alpha. */
export async function loraScale(
  source: ByteSource,
  module: string,
  alphaTensor: TensorInfo | undefined,
  rank: number,
  adapter: AdapterMetadata,
): Promise<number> {
  const alpha =
    alphaTensor === undefined ? (adapter.alpha ?? rank) : await readScalar(source, `${module}.alpha`, alphaTensor);
  return alpha / (adapter.stabilised ? Math.sqrt(rank) : rank);
}

async function readScalar(source: ByteSource, name: string, info: TensorInfo): Promise<number> {
  if (info.shape.every((extent) => extent === 1)) {
    const bytes = await source.read(info.offset, info.length);
    if (isFloatDtype(info.dtype)) return toFloat32(convertChecked(bytes, info.dtype, 'F32', name), 'F32')[0] ?? 0;
    if (info.dtype === 'I64') return Number(new DataView(bytes.buffer, bytes.byteOffset).getBigInt64(0, true));
  }
  throw new PinwordError(
    'bad-lora',
    `The LoRA "${source.name}" has an alpha "${name.slice(0, 200)}" that is no number. Choose another LoRA.`,
  );
}

function parse(text: string): Record<string, unknown> {
  try {
    const parsed = schema.safeParse(parseJsonText(text));
    return parsed.success ? parsed.data : {};
  } catch {
    return {};
  }
}
