import type { TensorTable } from './tensor-table.ts';

/** The parts of a model that LoRA files change. */
export type LoraTarget = 'unet' | 'textEncoder';

export type LoraRole = 'down' | 'up' | 'alpha';

export interface LoraKey {
  readonly role: LoraRole;
  /** Everything of the key before the role: the same for the tensors of one module. */
  readonly module: string;
}

/** Endings of the names, by role: kohya; peft, which may put an adapter's name in between; diffusers ≥ 0.14; its text encoder; its attention processors. */
const endings: readonly (readonly [RegExp, LoraRole])[] = [
  [/\.(?:lora_down|lora_A(?:\.[^.]+)?|lora\.down|lora_linear_layer\.down)\.weight$|_lora\.down\.weight$/, 'down'],
  [/\.(?:lora_up|lora_B(?:\.[^.]+)?|lora\.up|lora_linear_layer\.up)\.weight$|_lora\.up\.weight$/, 'up'],
  [/\.alpha$/, 'alpha'],
];

/** @returns null for a name of no known form. */
export function parseLoraKey(name: string): LoraKey | null {
  for (const [ending, role] of endings) {
    const module = name.replace(ending, '');
    if (module !== name) return { role, module };
  }
  return null;
}

/** Relatives of LoRA that are not merged here, by what their names contain. */
export const otherMethods: readonly (readonly [RegExp, string])[] = [
  [/\.hada_/, 'LoHa'],
  [/\.lokr_/, 'LoKr'],
  [/\.lora_mid\./, 'LoCon with CP decomposition'],
  [/dora_scale|lora_magnitude_vector/, 'DoRA'],
  [/\.diff(_b)?$|\.w_norm$|\.b_norm$/, 'full-difference'],
  [/\.oft_/, 'OFT'],
  [/^(?:lora|lycoris)_.*\.[ab][12]\.weight$/, 'GLoRA'],
  [/\.on_input$|\.ia3_l(?:\.|$)/, 'IA3'],
  [/^lora_te2_|^text_encoder_2\./, 'Stable Diffusion XL LoRA'],
];

/** The weights of a base model, so that the module names of LoRA files can be looked up. */
export class LoraTargets {
  private readonly names = new Map<string, { readonly target: LoraTarget; readonly name: string }>();

  constructor(base: Readonly<Record<LoraTarget, TensorTable>>) {
    for (const target of ['unet', 'textEncoder'] as const) {
      for (const name of base[target].keys()) {
        if (name.endsWith('.weight'))
          this.names.set(`${target}:${canonical(name.slice(0, -'.weight'.length))}`, { target, name });
      }
    }
  }

  /** The base tensor that a module of a LoRA file changes, null where the base has none. */
  find(module: string): { readonly target: LoraTarget; readonly name: string } | null {
    const [target, inner] = splitTarget(module);
    const plain = canonical(inner.replace('.processor.', '.'));
    return this.names.get(`${target}:${plain}`) ?? this.names.get(`${target}:${plain}_0`) ?? null;
  }
}

/** kohya joins with underscores what diffusers joins with dots; the text encoder's outer name comes and goes. */
function canonical(name: string): string {
  return name.replaceAll('.', '_').replace(/^text_model_/, '');
}

function splitTarget(module: string): readonly [LoraTarget, string] {
  const [, kind, inner = ''] =
    /^(?:base_model\.model\.)?(lora_unet_|lora_te1?_|unet\.|text_encoder\.|)(?:base_model\.model\.)?(.*)$/s.exec(
      module,
    ) ?? [];
  const isText =
    kind?.startsWith('lora_te') === true ||
    kind === 'text_encoder.' ||
    (kind === '' && inner.startsWith('text_model.'));
  return [isText ? 'textEncoder' : 'unet', inner];
}
