import { ldmUNetModules } from '../single-file/ldm-unet-names.ts';
import type { TensorTable } from '../tensors/tensor-table.ts';

/** The parts of a model that LoRA files change. */
export type LoraTarget = 'unet' | 'textEncoder';

/** A layer of the base model. */
export interface BaseModule {
  readonly target: LoraTarget;
  /** Name of its weight. */
  readonly weight: string;
  /** [out, in, …window], or [width] of a norm. */
  readonly shape: readonly number[];
  /** Name of its bias, null where it has none. */
  readonly bias: string | null;
}

/** What module names begin with, and whose modules they are; null: the UNet's, else the text encoder's. The longest first where one begins another. */
const prefixes: readonly (readonly [string, LoraTarget | null])[] = [
  ['lora_unet_', 'unet'],
  ['lycoris_unet_', 'unet'],
  ['oft_unet_', 'unet'],
  ['unet.', 'unet'],
  ['model.diffusion_model.', 'unet'],
  ['diffusion_model.', 'unet'],
  ['lora_te1_', 'textEncoder'],
  ['lora_te_', 'textEncoder'],
  ['lycoris_te1_', 'textEncoder'],
  ['lycoris_te_', 'textEncoder'],
  ['text_encoder.', 'textEncoder'],
  ['text_encoders.clip_l.transformer.', 'textEncoder'],
  ['lycoris_', null],
  ['', null],
];

/** What peft puts around the names of a model, before or after the model's own. */
const peftPrefix = 'base_model.model.';

/** Attention of a text encoder as diffusers ≤ 0.22 named it. */
const oldAttention: readonly (readonly [RegExp, string])[] = [
  [/_to_([qkv])$/, '_$1_proj'],
  [/_to_out$/, '_out_proj'],
];

/** The layers of a base model, so that the module names of LoRA files can be looked up. */
export class BaseModules {
  readonly #modules = new Map<string, BaseModule>();

  constructor(base: Readonly<Record<LoraTarget, TensorTable>>) {
    for (const target of ['unet', 'textEncoder'] as const) this.#index(target, base[target]);
  }

  /** The layer that a module of a LoRA file changes, null where the base has none. */
  find(module: string): BaseModule | null {
    const plain = withoutPeft(module);
    const [prefix, target] = prefixes.find(([start]) => plain.startsWith(start)) ?? ['', null];
    const inner = canonical(withoutPeft(plain.slice(prefix.length)));
    const targets: readonly LoraTarget[] = target === null ? ['unet', 'textEncoder'] : [target];
    for (const candidate of targets) {
      const found = this.#named(candidate, inner);
      if (found !== null) return found;
    }
    return null;
  }

  #named(target: LoraTarget, inner: string): BaseModule | null {
    const name =
      target === 'textEncoder' ? oldAttention.reduce((text, [old, now]) => text.replace(old, now), inner) : inner;
    return this.#modules.get(`${target}:${name}`) ?? this.#modules.get(`${target}:${name}_0`) ?? null;
  }

  #index(target: LoraTarget, table: TensorTable): void {
    const names = [...table.keys()].flatMap((name) => (name.endsWith('.weight') ? name.slice(0, -7) : []));
    const ldmNames = target === 'unet' ? ldmUNetModules(names) : new Map<string, string>();
    for (const name of names) {
      const bias = `${name}.bias`;
      const shape = table.get(`${name}.weight`)?.shape ?? [];
      const module = { target, weight: `${name}.weight`, shape, bias: table.has(bias) ? bias : null };
      this.#modules.set(`${target}:${canonical(name)}`, module);
      const ldm = ldmNames.get(name);
      if (ldm !== undefined) this.#modules.set(`${target}:${canonical(ldm)}`, module);
    }
  }
}

function withoutPeft(name: string): string {
  return name.startsWith(peftPrefix) ? name.slice(peftPrefix.length) : name;
}

/** kohya joins with underscores what diffusers joins with dots; the text encoder's outer name comes and goes. */
function canonical(name: string): string {
  return name
    .replace('.processor.', '.')
    .replaceAll('.', '_')
    .replace(/^text_model_/, '');
}
