/** How the files of LoRA and its relatives name their tensors: a module's name, and which of its tensors it is. */

/** What a tensor is to its module, in LyCORIS' words where it has one. */
export type Part =
  | 'lora_down'
  | 'lora_up'
  | 'lora_mid'
  | 'lora_bias'
  | 'alpha'
  | 'dora_scale'
  | 'lora_magnitude_vector'
  | 'hada_w1_a'
  | 'hada_w1_b'
  | 'hada_w2_a'
  | 'hada_w2_b'
  | 'hada_t1'
  | 'hada_t2'
  | 'lokr_w1'
  | 'lokr_w1_a'
  | 'lokr_w1_b'
  | 'lokr_w2'
  | 'lokr_w2_a'
  | 'lokr_w2_b'
  | 'lokr_t2'
  | 'a1'
  | 'a2'
  | 'b1'
  | 'b2'
  | 'bm'
  | 'weight'
  | 'on_input'
  | 'ia3_l'
  | 'oft_blocks'
  | 'rescale'
  | 'diff'
  | 'diff_b'
  | 'w_norm'
  | 'b_norm';

interface TensorName {
  /** Everything before the part: the same for the tensors of one module. */
  readonly module: string;
  readonly part: Part;
}

/** Endings of LoRA's own names: kohya; peft, which may put an adapter's name in between; diffusers ≥ 0.14; its text encoder; its attention processors. */
const loraEndings: readonly (readonly [RegExp, Part])[] = [
  [/\.(?:lora_down|lora_A(?:\.[^.]+)?|lora\.down|lora_linear_layer\.down)\.weight$|_lora\.down\.weight$/, 'lora_down'],
  [/\.(?:lora_up|lora_B(?:\.[^.]+)?|lora\.up|lora_linear_layer\.up)\.weight$|_lora\.up\.weight$/, 'lora_up'],
  [/\.lora_mid\.weight$/, 'lora_mid'],
  [/\.(?:lora_up|lora_B(?:\.[^.]+)?|lora\.up)\.bias$|_lora\.up\.bias$/, 'lora_bias'],
  [/\.lora_magnitude_vector(?:\.[^.]+)?(?:\.weight)?$/, 'lora_magnitude_vector'],
  [/\.ia3_l(?:\.[^.]+)?$/, 'ia3_l'],
  // LyCORIS before 2.0 wrote the same blocks under another name.
  [/\.oft_diag$/, 'oft_blocks'],
];

export const lohaParts = [
  'hada_w1_a',
  'hada_w1_b',
  'hada_w2_a',
  'hada_w2_b',
  'hada_t1',
  'hada_t2',
  'alpha',
] as const satisfies readonly Part[];

export const lokrParts = [
  'lokr_w1',
  'lokr_w1_a',
  'lokr_w1_b',
  'lokr_w2',
  'lokr_w2_a',
  'lokr_w2_b',
  'lokr_t2',
  'alpha',
] as const satisfies readonly Part[];

/** Endings that are a part's own name: LyCORIS', kohya's and peft's. */
const plainParts: ReadonlySet<string> = new Set<Part>([
  ...lohaParts,
  ...lokrParts,
  'dora_scale',
  'on_input',
  'oft_blocks',
  'rescale',
  'diff',
  'diff_b',
  'w_norm',
  'b_norm',
]);

/** GLoRA's tensors are weights of layers. */
const layerParts: ReadonlySet<string> = new Set<Part>(['a1', 'a2', 'b1', 'b2', 'bm']);

/** @returns null for a name of no known form. */
export function parseTensorName(name: string): TensorName | null {
  for (const [ending, part] of loraEndings) {
    const module = name.replace(ending, '');
    if (module !== name) return { module, part };
  }
  const [module, last] = splitLast(name);
  if (isIn(plainParts, last)) return { module, part: last };
  if (last !== 'weight') return null;
  const [outer, layer] = splitLast(module);
  return isIn(layerParts, layer) ? { module: outer, part: layer } : null;
}

/** As parseTensorName, with the one name that only its neighbours tell: IA3's `weight` beside an `on_input`. */
export function parseBesides(name: string, all: ReadonlyMap<string, unknown>): TensorName | null {
  const [module, last] = splitLast(name);
  return last === 'weight' && all.has(`${module}.on_input`) ? { module, part: 'weight' } : parseTensorName(name);
}

function splitLast(name: string): readonly [string, string] {
  const at = name.lastIndexOf('.');
  return at === -1 ? ['', name] : [name.slice(0, at), name.slice(at + 1)];
}

function isIn(parts: ReadonlySet<string>, text: string): text is Part {
  return parts.has(text);
}

/** Relatives of LoRA that are not merged here, by what their names contain. */
export const otherMethods: readonly (readonly [RegExp, string])[] = [
  [/^lora_te2_|^text_encoder_2\.|^text_encoders\.clip_g\./, 'Stable Diffusion XL LoRA'],
  [/\.(?:lambda_layer|q_layer\.weight|p_layer\.weight)$/, 'T-LoRA'],
  [/\.oft_[rR](?:\.|$)/, "OFT file of peft's own form"],
  [/\.boft_[RPs](?:\.|$)/, "BOFT file of peft's own form"],
  [/\.vera_lambda_|\.vera_[AB]$/, 'VeRA'],
  [/\.hra_u(?:\.|$)/, 'HRA'],
  [/\.lora_embedding_[AB]/, 'LoRA of token embeddings'],
  [/\.(?:set_weight|reshape_weight)$/, 'whole-weight patch'],
  [/\.bias_(?:indices|values|size)$/, 'LoCon with a sparse remainder'],
];
