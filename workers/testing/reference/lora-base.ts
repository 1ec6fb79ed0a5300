import type { LoraTarget } from '../../checkpoint/lora/base-modules.ts';
import type { LoraPlan } from '../../checkpoint/lora/plan-loras.ts';
import { readSafetensorsTable } from '../../checkpoint/tensor-files/safetensors.ts';
import type { TensorTable } from '../../checkpoint/tensors/tensor-table.ts';
import { formatsFile, formatsTensors } from './formats-reference.ts';

const prefixes: Readonly<Record<LoraTarget, string>> = { unet: 'unet.', textEncoder: 'text_encoder.' };
const files: Readonly<Record<LoraTarget, string>> = {
  unet: 'lora/unet.safetensors',
  textEncoder: 'lora/text_encoder.safetensors',
};

const weights = { unet: await formatsTensors(files.unet), textEncoder: await formatsTensors(files.textEncoder) };

interface LoraBase extends Readonly<Record<LoraTarget, TensorTable>> {
  /** A tensor under diffusers' component prefix. */
  weights(name: string): Float32Array<ArrayBuffer>;
}

/** The tiny model that the reference LoRA files belong to. */
export async function loraBase(): Promise<LoraBase> {
  return {
    unet: await readSafetensorsTable(await formatsFile(files.unet)),
    textEncoder: await readSafetensorsTable(await formatsFile(files.textEncoder)),
    weights: (name) => {
      const target = name.startsWith(prefixes.unet) ? 'unet' : 'textEncoder';
      return weights[target].get(name.slice(prefixes[target].length)) ?? new Float32Array();
    },
  };
}

/** All merged tensors under diffusers' component prefixes. */
export async function mergedWith(plan: LoraPlan): Promise<Map<string, Float32Array>> {
  const merged = new Map<string, Float32Array>();
  for (const target of ['unet', 'textEncoder'] as const) {
    for (const [name, changes] of plan[target]) {
      const values = (weights[target].get(name) ?? new Float32Array()).slice();
      for (const change of changes) await change.apply(values);
      merged.set(prefixes[target] + name, values);
    }
  }
  return merged;
}

/** The tensors whose greatest difference is not below the bound. */
export function worstDifferences(
  actual: ReadonlyMap<string, Float32Array>,
  expected: ReadonlyMap<string, Float32Array>,
  bound: number,
): readonly (readonly [string, number])[] {
  return [...actual].flatMap(([name, values]) => {
    const wanted = expected.get(name);
    const worst = values.reduce((most, value, i) => Math.max(most, Math.abs(value - (wanted?.[i] ?? NaN))), 0);
    return worst < bound && wanted?.length === values.length ? [] : [[name, worst] as const];
  });
}
