/** What LoRA and its relatives ask of the shapes of their tensors: one extent that is off, and the file is refused. */
import { describe, expect, it } from 'vitest';

import { loraModule, type PartShapes } from '../../testing/files/lora-module.ts';
import { refusal } from '../../testing/reference/weights.ts';
import type { FileModule } from './file-module.ts';
import { planGlora } from './glora-delta.ts';
import { planLoha } from './loha-delta.ts';
import { lokrRank, planLokr } from './lokr-delta.ts';
import { planLora } from './lora-delta.ts';
import { planOrthogonal } from './orthogonal.ts';
import { planIa3, planPeftIa3 } from './rescaling.ts';

type Shape = readonly number[];
type Plan = (module: FileModule, shape: Shape) => unknown;

const linear: Shape = [6, 4];
const conv: Shape = [6, 4, 3, 3];
const twelve: Shape = [12, 4];

const planOft: Plan = (module, shape) => planOrthogonal(module, shape, 1);

/** Shapes that fit. All extents that may differ do. */
const fitting: readonly (readonly [string, Plan, Shape, PartShapes])[] = [
  ['LoRA of a matrix', planLora, linear, { lora_up: [6, 2], lora_down: [2, 4] }],
  ['LoRA of a convolution', planLora, conv, { lora_up: [6, 2, 1, 1], lora_down: [2, 4, 3, 3] }],
  ['LoCon', planLora, conv, { lora_up: [6, 3, 1, 1], lora_mid: [3, 2, 3, 3], lora_down: [2, 4, 1, 1] }],
  ['LoHa', planLoha, linear, { hada_w1_a: [6, 2], hada_w1_b: [2, 4], hada_w2_a: [6, 3], hada_w2_b: [3, 4] }],
  [
    'LoHa of a convolution',
    planLoha,
    conv,
    { hada_w1_a: [6, 2], hada_w1_b: [2, 36], hada_w2_a: [6, 3], hada_w2_b: [3, 36] },
  ],
  [
    'LoHa with cores',
    planLoha,
    conv,
    {
      hada_w1_a: [2, 6],
      hada_w1_b: [2, 4],
      hada_t1: [2, 2, 3, 3],
      hada_w2_a: [3, 6],
      hada_w2_b: [3, 4],
      hada_t2: [3, 3, 3, 3],
    },
  ],
  ['LoKr', planLokr, linear, { lokr_w1: [2, 2], lokr_w2: [3, 2] }],
  ['LoKr of factors', planLokr, linear, { lokr_w1_a: [2, 3], lokr_w1_b: [3, 2], lokr_w2_a: [3, 4], lokr_w2_b: [4, 2] }],
  ['LoKr of a convolution', planLokr, conv, { lokr_w1: [2, 2], lokr_w2_a: [3, 5], lokr_w2_b: [5, 18] }],
  [
    'LoKr with a core',
    planLokr,
    conv,
    { lokr_w1: [2, 2], lokr_w2_a: [5, 3], lokr_w2_b: [5, 2], lokr_t2: [5, 5, 3, 3] },
  ],
  ['GLoRA', planGlora, linear, { b1: [6, 3], b2: [3, 4], a1: [4, 2], a2: [2, 4] }],
  [
    'GLoRA of a convolution',
    planGlora,
    conv,
    { b1: [6, 3, 1, 1], b2: [3, 4, 3, 3], a1: [4, 2, 1, 1], a2: [2, 4, 1, 1] },
  ],
  [
    'GLoRA with a core',
    planGlora,
    conv,
    { b1: [6, 5, 1, 1], bm: [5, 3, 3, 3], b2: [3, 4, 1, 1], a1: [4, 2, 1, 1], a2: [2, 4, 1, 1] },
  ],
  ['LoRA of rank one', planLora, linear, { lora_up: [6, 1], lora_down: [1, 4] }],
  ['LoCon from rank one', planLora, conv, { lora_up: [6, 3, 1, 1], lora_mid: [3, 1, 3, 3], lora_down: [1, 4, 1, 1] }],
  ['LoCon to rank one', planLora, conv, { lora_up: [6, 1, 1, 1], lora_mid: [1, 2, 3, 3], lora_down: [2, 4, 1, 1] }],
  [
    'LoHa of rank one',
    planLoha,
    linear,
    { hada_w1_a: [6, 1], hada_w1_b: [1, 4], hada_w2_a: [6, 1], hada_w2_b: [1, 4] },
  ],
  ['LoKr of rank one', planLokr, linear, { lokr_w1_a: [2, 1], lokr_w1_b: [1, 2], lokr_w2: [3, 2] }],
  ['LoKr of one number', planLokr, linear, { lokr_w1: [1, 1], lokr_w2: [6, 4] }],
  [
    'LoKr with a core of rank one',
    planLokr,
    conv,
    { lokr_w1: [2, 2], lokr_w2_a: [1, 3], lokr_w2_b: [1, 2], lokr_t2: [1, 1, 3, 3] },
  ],
  ['GLoRA of rank one', planGlora, linear, { b1: [6, 1], b2: [1, 4], a1: [4, 1], a2: [1, 4] }],
  ['OFT', planOft, linear, { oft_blocks: [2, 3, 3], rescale: [6] }],
  ['BOFT of one stage', planOft, linear, { oft_blocks: [1, 3, 2, 2] }],
  ['BOFT', planOft, twelve, { oft_blocks: [2, 6, 2, 2] }],
];

/** Each tensor with one extent larger, and with two neighbouring extents that differ in each other's place. */
function* changedOnce(shapes: PartShapes): Generator<PartShapes> {
  for (const [part, shape] of Object.entries(shapes)) {
    for (const axis of shape.keys()) {
      const [here = 0, next = here] = shape.slice(axis);
      yield { ...shapes, [part]: shape.with(axis, here + 1) };
      if (next !== here) yield { ...shapes, [part]: shape.with(axis, next).with(axis + 1, here) };
    }
  }
}

describe.each(fitting)('%s', (_, plan, base, shapes) => {
  it('fits, and in no other shape', () => {
    expect(() => plan(loraModule(shapes), base)).not.toThrow();
    for (const changed of changedOnce(shapes)) {
      const error = refusal(() => plan(loraModule(changed), base));
      expect([error.code, changed]).toEqual(['bad-lora', changed]);
      expect(error.message).toContain(`does not fit the model's [${base.join(', ')}]`);
    }
  });
});

it.each<readonly [string, Plan, Shape, PartShapes]>([
  ['LoRA of no rank', planLora, linear, { lora_up: [6, 0], lora_down: [0, 4] }],
  ['a core from no rank', planLora, conv, { lora_up: [6, 3, 1, 1], lora_mid: [3, 0, 3, 3], lora_down: [0, 4, 1, 1] }],
  ['a core to no rank', planLora, conv, { lora_up: [6, 0, 1, 1], lora_mid: [0, 2, 3, 3], lora_down: [2, 4, 1, 1] }],
  ['LoHa of no rank', planLoha, linear, { hada_w1_a: [6, 0], hada_w1_b: [0, 4], hada_w2_a: [6, 2], hada_w2_b: [2, 4] }],
  ['LoKr of no rank', planLokr, linear, { lokr_w1_a: [2, 0], lokr_w1_b: [0, 2], lokr_w2: [3, 2] }],
  [
    'a core of no rank',
    planLokr,
    conv,
    { lokr_w1: [2, 2], lokr_w2_a: [0, 3], lokr_w2_b: [0, 2], lokr_t2: [0, 0, 3, 3] },
  ],
  ['GLoRA of no rank', planGlora, linear, { b1: [6, 3], b2: [3, 4], a1: [4, 0], a2: [0, 4] }],
  ['a factor of one axis', planLokr, linear, { lokr_w1: [2], lokr_w2: [3, 4] }],
  ['a factor of three axes', planLokr, linear, { lokr_w1_a: [2, 3, 1], lokr_w1_b: [3, 2], lokr_w2: [3, 2] }],
  [
    'three axes beside a core',
    planLokr,
    conv,
    { lokr_w1: [2, 2], lokr_w2_a: [5, 3, 1], lokr_w2_b: [5, 2], lokr_t2: [5, 5, 3, 3] },
  ],
  [
    'three axes behind a core',
    planLokr,
    conv,
    { lokr_w1: [2, 2], lokr_w2_a: [5, 3], lokr_w2_b: [5, 2, 1], lokr_t2: [5, 5, 3, 3] },
  ],
  ['a factor of no columns', planLokr, linear, { lokr_w1: [2, 0], lokr_w2: [3, 2] }],
  ['blocks of nothing', planOft, linear, { oft_blocks: [6, 0, 0] }],
  ['a butterfly of very many stages', planOft, twelve, { oft_blocks: [2000, 6, 2, 2] }],
  ['a factor wider than the inputs', planLokr, conv, { lokr_w1: [2, 6], lokr_w2: [3, 6] }],
  ['a whole factor and its halves', planLokr, linear, { lokr_w1: [2, 2], lokr_w1_a: [2, 1], lokr_w2: [3, 2] }],
  ['a whole factor and its other half', planLokr, linear, { lokr_w1: [2, 2], lokr_w1_b: [1, 2], lokr_w2: [3, 2] }],
  ['blocks of five axes', planOft, linear, { oft_blocks: [1, 1, 2, 3, 3] }],
  ['a butterfly of odd blocks', planOft, linear, { oft_blocks: [1, 2, 3, 3] }],
  ['a butterfly of no stage', planOft, twelve, { oft_blocks: [0, 6, 2, 2] }],
  ['a whole factor and a core', planLokr, linear, { lokr_w1: [2, 2], lokr_w2: [3, 2], lokr_t2: [2, 2] }],
])('%s does not fit', (_, plan, base, shapes) => {
  expect(refusal(() => plan(loraModule(shapes), base))).toMatchObject({
    code: 'bad-lora',
    message: expect.stringContaining('does not fit') as string,
  });
});

it('LoHa with one core of two is refused', () => {
  const half = { hada_w2_a: [6, 3], hada_w2_b: [3, 36] };
  const shapes = { hada_w1_a: [2, 6], hada_w1_b: [2, 4], hada_t1: [2, 2, 3, 3], ...half };
  expect(refusal(() => planLoha(loraModule(shapes), conv)).message).toContain('lacks one of two cores of "x"');
});

it.each<readonly [string, Plan, Shape, PartShapes, string]>([
  [
    'LoCon',
    planLora,
    conv,
    { lora_up: [6, 3], lora_mid: [3, 2, 3, 3], lora_down: [2, 5] },
    '[6, 3] · [3, 2, 3, 3] · [2, 5]',
  ],
  [
    'LoHa',
    planLoha,
    linear,
    { hada_w1_a: [6, 2], hada_w1_b: [2, 5], hada_w2_a: [6, 2], hada_w2_b: [2, 4] },
    '[6, 2] · [2, 5]',
  ],
  [
    'LoHa with cores',
    planLoha,
    conv,
    {
      hada_w1_a: [2, 6],
      hada_w1_b: [2, 5],
      hada_t1: [2, 2, 3, 3],
      hada_w2_a: [2, 6],
      hada_w2_b: [2, 4],
      hada_t2: [2, 2, 3, 3],
    },
    '[2, 6] · [2, 5] · [2, 2, 3, 3]',
  ],
  ['LoKr', planLokr, linear, { alpha: [], lokr_w1: [2, 2], lokr_w2: [3, 3] }, '[2, 2] · [3, 3]'],
  ['GLoRA', planGlora, linear, { b1: [6, 3], b2: [3, 4], a1: [4, 2], a2: [2, 5] }, '[4, 2] · [2, 5]'],
  ['OFT', planOft, linear, { oft_blocks: [2, 3, 3], rescale: [5] }, '[2, 3, 3] · [5]'],
  ['OFT alone', planOft, linear, { oft_blocks: [2, 3, 4] }, '[2, 3, 4]'],
])('the shapes of %s that do not fit are told', (_, plan, base, shapes, told) => {
  expect(refusal(() => plan(loraModule(shapes), base)).message).toContain(`with shapes ${told} that does not fit`);
});

it('IA³ of peft is over the inputs where its first extent is 1, but for a layer of one output', () => {
  expect(planPeftIa3(loraModule({ ia3_l: [1, 4] }), linear, 1).bias).toBeNull();
  expect(planPeftIa3(loraModule({ ia3_l: [6, 1] }), linear, 1).bias).not.toBeNull();
  expect(planPeftIa3(loraModule({ ia3_l: [1, 1] }), [1, 4], 1).bias).not.toBeNull();
  const words = 'with shapes [3, 1] that does not fit';
  expect(refusal(() => planPeftIa3(loraModule({ ia3_l: [3, 1] }), linear, 1)).message).toContain(words);
});

it('IA³ of LyCORIS has as many factors as there are inputs', async () => {
  await expect(planIa3(loraModule({ weight: [1, 4] }), linear, 1)).resolves.toMatchObject({ bias: null });
  await expect(planIa3(loraModule({ weight: [5, 1] }), linear, 1)).rejects.toThrow(
    'with shapes [5, 1] that does not fit',
  );
});

it('the rank of LoKr is that of a factored part', () => {
  expect(lokrRank(loraModule({ lokr_w1_a: [2, 3], lokr_w1_b: [3, 2], lokr_w2: [3, 2] }))).toBe(3);
  expect(lokrRank(loraModule({ lokr_w1: [2, 2], lokr_w2_a: [3, 4], lokr_w2_b: [4, 2] }))).toBe(4);
  expect(lokrRank(loraModule({ lokr_w1: [2, 2], lokr_w2: [3, 2] }))).toBeNull();
});

it('a name without end is cut in what is said of it', () => {
  const [long, shown] = ['n'.repeat(300), `"${'n'.repeat(200)}"`];
  const messages = [
    () => loraModule({}, { name: long }).requireShape('lora_up'),
    () => {
      loraModule({}, { name: long }).requireFit(false, [], linear);
    },
    () =>
      planLoha(
        loraModule(
          { hada_w1_a: [2, 6], hada_w1_b: [2, 4], hada_t1: [2, 2, 3, 3], hada_w2_a: [6, 3], hada_w2_b: [3, 36] },
          { name: long },
        ),
        conv,
      ),
  ].map((plan) => refusal(plan).message);
  for (const message of messages) expect(message).toContain(shown);
});
