import { quoted } from './bad-lora.ts';
import type { BaseModule } from './base-modules.ts';
import { planDora } from './dora.ts';
import type { FileModule } from './file-module.ts';
import { gloraParts, gloraRank, planGlora } from './glora-delta.ts';
import { lohaRank, planLoha } from './loha-delta.ts';
import { lokrRank, planLokr } from './lokr-delta.ts';
import { loraParts, loraRank, planLora } from './lora-delta.ts';
import { product } from './low-rank.ts';
import { oftParts, planOrthogonal } from './orthogonal.ts';
import { ia3Parts, peftIa3Parts, planIa3, planPeftIa3 } from './rescaling.ts';
import { addRows, type DeltaPlan, type ModuleChange, type TensorChange } from './tensor-change.ts';
import { lohaParts, lokrParts, type Part } from './tensor-names.ts';

/** A way to change a layer, told by the parts that only it has. */
interface Method {
  readonly marks: readonly Part[];
  readonly parts: readonly Part[];
  /** @throws PinwordError 'bad-lora' where parts are missing or do not fit the layer. */
  plan(module: FileModule, base: BaseModule, strength: number): Promise<ModuleChange>;
}

const doraParts = ['dora_scale', 'lora_magnitude_vector'] as const satisfies readonly Part[];

const methods: readonly Method[] = [
  {
    marks: ['lora_down'],
    parts: [...loraParts, ...doraParts, 'diff_b'],
    plan: (module, base, strength) => additive(module, base, strength, planLora, loraRank(module)),
  },
  {
    marks: ['hada_w1_a', 'hada_w1_b', 'hada_w2_a', 'hada_w2_b'],
    parts: [...lohaParts, 'dora_scale'],
    plan: (module, base, strength) => additive(module, base, strength, planLoha, lohaRank(module)),
  },
  {
    marks: ['lokr_w1', 'lokr_w1_a', 'lokr_w2', 'lokr_w2_a'],
    parts: [...lokrParts, 'dora_scale'],
    plan: (module, base, strength) => additive(module, base, strength, planLokr, lokrRank(module)),
  },
  {
    marks: ['a1', 'a2', 'b1', 'b2'],
    parts: gloraParts,
    plan: (module, base, strength) => additive(module, base, strength, planGlora, gloraRank(module)),
  },
  {
    marks: ['diff', 'diff_b'],
    parts: ['diff', 'diff_b', 'alpha'],
    plan: (module, base, strength) => Promise.resolve(differences(module, base, strength, ['diff', 'diff_b'])),
  },
  {
    marks: ['w_norm', 'b_norm'],
    parts: ['w_norm', 'b_norm', 'alpha'],
    plan: (module, base, strength) => Promise.resolve(differences(module, base, strength, ['w_norm', 'b_norm'])),
  },
  {
    marks: ['on_input'],
    parts: ia3Parts,
    plan: (module, base, strength) => planIa3(module, base.shape, strength),
  },
  {
    marks: ['ia3_l'],
    parts: peftIa3Parts,
    plan: (module, base, strength) => Promise.resolve(planPeftIa3(module, base.shape, strength)),
  },
  {
    marks: ['oft_blocks'],
    parts: oftParts,
    plan: (module, base, strength) =>
      Promise.resolve({ weight: planOrthogonal(module, base.shape, strength), bias: null }),
  },
];

/**
 * What a module of a file does to a layer.
 * @param strength how strongly the person wants the file to act.
 * @throws PinwordError 'bad-lora' where parts are missing, belong to another method or do not fit the layer.
 */
export async function planModule(module: FileModule, base: BaseModule, strength: number): Promise<ModuleChange> {
  const method = methods.find(({ marks }) => marks.some((part) => module.has(part)));
  if (method === undefined) throw module.lacks('lora_down');
  const stray = [...module.parts.keys()].find((part) => !method.parts.includes(part));
  if (stray !== undefined)
    throw module.bad(`has a part "${stray}" of ${quoted(module.name)} that does not belong to the others`);
  const change = await method.plan(module, base, strength);
  if (change.bias !== null && base.bias === null && !module.has('ia3_l'))
    throw module.bad(`changes the bias of ${quoted(module.name)}, which the model does not have`);
  return change;
}

async function additive(
  module: FileModule,
  base: BaseModule,
  strength: number,
  plan: (module: FileModule, shape: readonly number[]) => DeltaPlan,
  rank: number | null,
): Promise<ModuleChange> {
  const delta = plan(module, base.shape);
  const scale = rank === null ? 1 : await module.scale(rank);
  const weight = doraParts.some((part) => module.has(part))
    ? planDora(module, base.shape, delta, { scale, strength })
    : added(delta, base.shape[0] ?? 1, scale * strength);
  return { weight, bias: biasOf(module, base, { scale, strength }) };
}

function added(delta: DeltaPlan, rows: number, strength: number): TensorChange {
  return {
    apply: async (values) => {
      addRows(await delta.load(strength), values, rows);
    },
  };
}

/** peft scales a bias as what it belongs to; a difference is as it is. */
function biasOf(
  module: FileModule,
  { shape }: BaseModule,
  { scale, strength }: { readonly scale: number; readonly strength: number },
): TensorChange | null {
  const part = module.has('lora_bias') ? 'lora_bias' : 'diff_b';
  if (!module.has(part)) return null;
  return difference(module, part, [shape[0] ?? 0], part === 'lora_bias' ? scale * strength : strength);
}

function differences(
  module: FileModule,
  { shape }: BaseModule,
  strength: number,
  [weight, bias]: readonly [Part, Part],
): ModuleChange {
  return {
    weight: module.has(weight) ? difference(module, weight, shape, strength) : null,
    bias: module.has(bias) ? difference(module, bias, [shape[0] ?? 0], strength) : null,
  };
}

/** A tensor of the base's own size, added. */
function difference(module: FileModule, part: Part, shape: readonly number[], strength: number): TensorChange {
  const own = module.requireShape(part);
  module.requireFit(product(own) === product(shape) && own[0] === shape[0], [part], shape);
  return {
    apply: async (values) => {
      const added = await module.read(part);
      for (let i = 0; i < values.length; i++) values[i] = (values[i] ?? 0) + strength * (added[i] ?? 0);
    },
  };
}
