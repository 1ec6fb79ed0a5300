import { describe, expect, it } from 'vitest';
import { torchFileOf } from '../../testing/files/torch-writer.ts';
import { formatsFile, formatsTensors, memorySource } from '../../testing/reference/formats-reference.ts';
import { loraBase, mergedWith, worstDifferences } from '../../testing/reference/lora-base.ts';
import { type TensorSpec, writeSafetensorsHeader } from '../tensor-files/safetensors-writer.ts';
import { planLoras } from './plan-loras.ts';

const base = await loraBase();

/** A LoRA file of zeros. */
function zeros(tensors: Readonly<Record<string, readonly number[]>>, name = 'style.safetensors') {
  const { header, size } = writeSafetensorsHeader(
    Object.entries(tensors).map(([name, shape]): TensorSpec => ({ name, dtype: 'F32', shape })),
  );
  const bytes = new Uint8Array(size);
  bytes.set(header);
  return memorySource(name, bytes);
}

describe('LoRA against load_lora_weights and fuse_lora of diffusers', () => {
  it.each([
    ['kohya', [['kohya.safetensors', 0.8]]],
    ['peft', [['peft.safetensors', 1]]],
    ['old-diffusers', [['old-diffusers.safetensors', 0.5]]],
    ['old-diffusers', [['old-diffusers.bin', 0.5]]],
    [
      'two',
      [
        ['kohya.safetensors', 0.7],
        ['peft.safetensors', -0.3],
      ],
    ],
    ['kohya-mixed', [['kohya-mixed.safetensors', 0.8]]],
  ] as const)('%s: %j', async (expectedName, files) => {
    const inputs = await Promise.all(
      files.map(async ([file, weight]) => ({ source: await formatsFile(`lora/${file}`), weight })),
    );
    const expected = await formatsTensors(`lora/fused-${expectedName}.safetensors`);
    const actual = await mergedWith(await planLoras(inputs, base));
    expect([...actual.keys()].sort()).toEqual([...expected.keys()].sort());
    expect(worstDifferences(actual, expected, 2e-6)).toEqual([]);
  });

  it.each(['peft-patterns', 'peft-dora', 'peft-bias', 'peft-rslora'])('%s', async (name) => {
    const expected = await formatsTensors(`lora/fused-${name}.safetensors`);
    const source = await formatsFile(`lora/${name}.safetensors`);
    const actual = await mergedWith(await planLoras([{ source, weight: 0.8 }], base));
    expect([...actual.keys()].sort()).toEqual([...expected.keys()].sort());
    expect(worstDifferences(actual, expected, 2e-6)).toEqual([]);
  });
});

describe('LoRA files as other tools write them', () => {
  const peft = 'unet.down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q';
  const factors = (a: string, b: string) => ({ [`${peft}.${a}.weight`]: [2, 8], [`${peft}.${b}.weight`]: [8, 2] });

  it("may carry the name of peft's adapter in every key", async () => {
    const [plain, named] = await Promise.all(
      [factors('lora_A', 'lora_B'), factors('lora_A.my-style', 'lora_B.my-style')].map((tensors) =>
        planLoras([{ source: zeros(tensors), weight: 1 }], base),
      ),
    );
    expect([...(named?.unet.keys() ?? [])]).toEqual([...(plain?.unet.keys() ?? [])]);
    expect(named?.unet.size).toBe(1);
  });

  it('are used without the embeddings that A1111 packs into them, and those are named', async () => {
    const packed = {
      'bundle_emb.my-cat.string_to_param.*': [2, 8],
      'bundle_emb.my-cat.step': [],
      'bundle_emb.castle.emb_params': [1, 8],
    };
    const [alone, bundle] = await Promise.all(
      [{}, packed].map((more) =>
        planLoras([{ source: zeros({ ...factors('lora_A', 'lora_B'), ...more }), weight: 1 }], base),
      ),
    );
    expect([...(bundle?.unet.keys() ?? [])]).toEqual([...(alone?.unet.keys() ?? [])]);
    expect(alone?.notices).toEqual([]);
    expect(bundle?.notices.map(({ message }) => message)).toEqual([
      expect.stringContaining('“my-cat”, “castle” in "style.safetensors"'),
    ]);
    const one = factors('lora_A', 'lora_B');
    const [cat, dog] = ['cat', 'dog'].map((word) => zeros({ ...one, [`bundle_emb.${word}.emb_params`]: [1, 8] }, word));
    const both = await planLoras(
      [cat, dog].flatMap((source) => (source ? [{ source, weight: 1 }] : [])),
      base,
    );
    expect(both.notices.map(({ message }) => message)).toEqual([
      expect.stringContaining('“cat” in "cat", “dog” in "dog"'),
    ]);
  });

  it('may be GLoRA with a core', async () => {
    const name = 'lora_unet_down_blocks_0_downsamplers_0_conv';
    const [width = 0] = base.unet.get('down_blocks.0.downsamplers.0.conv.weight')?.shape ?? [];
    const down = { [`${name}.b2.weight`]: [2, width, 1, 1], [`${name}.a2.weight`]: [2, width, 1, 1] };
    const up = { [`${name}.b1.weight`]: [width, 2, 1, 1], [`${name}.a1.weight`]: [width, 2, 1, 1] };
    const core = { [`${name}.bm.weight`]: [2, 2, 3, 3] };
    const plan = await planLoras([{ source: zeros({ ...down, ...up, ...core }), weight: 1 }], base);
    expect([...plan.unet.keys()]).toEqual(['down_blocks.0.downsamplers.0.conv.weight']);
  });

  it('may lie below a key of a torch file', async () => {
    const source = zeros(factors('lora_A', 'lora_B'));
    const below = await torchFileOf(await source.read(0, source.size), 'state_dict');
    const plan = await planLoras([{ source: memorySource('style.ckpt', below), weight: 1 }], base);
    expect([...plan.unet.keys()]).toEqual([`${peft.slice('unet.'.length)}.weight`]);
  });
});

const query = 'lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn1_to_q';

describe('LoRA files that are refused', () => {
  const down = [2, 8];
  const up = [8, 2];
  const lora = { [`${query}.lora_down.weight`]: down, [`${query}.lora_up.weight`]: up };
  it.each([
    [
      'a file for another model',
      { 'lora_unet_elsewhere.lora_down.weight': down, 'lora_unet_elsewhere.lora_up.weight': up },
      /fits nothing.*"lora_unet_elsewhere"/,
    ],
    ['a key of no known form', { 'mystery.weight': [1] }, /"mystery\.weight"/],
    [
      'parts that say no method',
      { [`${query}.alpha`]: [], [`${query}.lora_up.bias`]: [8] },
      /lacks the part "lora_down"/,
    ],
    ['a missing half', { [`${query}.lora_down.weight`]: down }, /lacks the part "lora_up"/],
    [
      'shapes that do not fit',
      { [`${query}.lora_down.weight`]: [2, 9], [`${query}.lora_up.weight`]: up },
      /\[8, 2\] · \[2, 9\].*\[8, 8\]/,
    ],
    ['ranks that differ', { [`${query}.lora_down.weight`]: [3, 8], [`${query}.lora_up.weight`]: up }, /does not fit/],
    [
      'an alpha that is no number',
      { [`${query}.lora_down.weight`]: down, [`${query}.lora_up.weight`]: up, [`${query}.alpha`]: [2] },
      /alpha/,
    ],
    [
      'the same part twice',
      { [`${query}.lora_down.weight`]: down, [`${query}.lora.down.weight`]: down, [`${query}.lora_up.weight`]: up },
      /twice/,
    ],
    ['half a LoHa', { [`${query}.hada_w1_a`]: [8, 2] }, /lacks the part "hada_w1_b"/],
    ['half a LoKr', { [`${query}.lokr_w1`]: [8, 2] }, /lacks the part "lokr_w2_a"/],
    ['a core of another rank', { ...lora, [`${query}.lora_mid.weight`]: [2, 3, 1, 1] }, /\[2, 3, 1, 1\].*does not fit/],
    ['norms that fit no axis', { ...lora, [`${query}.dora_scale`]: [7, 1] }, /does not fit/],
    ['more norms than outputs', { ...lora, [`${query}.dora_scale`]: [8, 2] }, /does not fit/],
    ['parts of two methods', { ...lora, [`${query}.oft_blocks`]: [2, 4, 4] }, /"oft_blocks".*does not belong/],
    ['blocks that do not fill the outputs', { [`${query}.oft_blocks`]: [2, 3, 3] }, /does not fit/],
    ['a butterfly of too many stages', { [`${query}.oft_blocks`]: [4, 4, 2, 2] }, /does not fit/],
    ['a bias for a layer without one', { ...lora, [`${query}.lora_up.bias`]: [8] }, /bias.*does not have/],
    ['a difference of another size', { [`${query}.diff`]: [8, 9] }, /does not fit/],
    ['a difference of other extents', { [`${query}.diff`]: [4, 16] }, /\[4, 16\].*does not fit/],
    ['T-LoRA', { [`${query}.lambda_layer`]: [1, 4] }, /T-LoRA/],
    ["peft's OFT", { 'unet.mid_block.attentions.0.transformer_blocks.0.attn1.to_k.oft_R.weight': [2, 6] }, /OFT/],
    ['SDXL', { 'lora_te2_text_model_x.alpha': [] }, /XL/],
    ['nothing', {}, /no tensors/],
  ])('%s', async (_, tensors, message) => {
    await expect(planLoras([{ source: zeros(tensors), weight: 1 }], base)).rejects.toMatchObject({
      code: 'bad-lora',
      message: expect.stringMatching(message) as string,
    });
  });

  it.each([
    ['lora_up.weight', 'lora_down'],
    ['lora_mid.weight', 'lora_down'],
    ['hada_w1_a', 'hada_w1_b'],
    ['hada_w1_b', 'hada_w1_a'],
    ['hada_w2_a', 'hada_w1_b'],
    ['hada_w2_b', 'hada_w1_b'],
    ['lokr_w1', 'lokr_w2_a'],
    ['lokr_w1_a', 'lokr_w1_b'],
    ['lokr_w2', 'lokr_w1_a'],
    ['lokr_w2_a', 'lokr_w1_a'],
    ['a1.weight', 'a2'],
    ['a2.weight', 'b2'],
    ['b1.weight', 'a2'],
    ['b2.weight', 'a2'],
    ['on_input', 'weight'],
  ])('%s alone, which says a method: %s is lacking', async (part, lacking) => {
    const source = zeros({ [`${query}.${part}`]: part === 'on_input' ? [] : [8, 8] });
    await expect(planLoras([{ source, weight: 1 }], base)).rejects.toThrow(`lacks the part "${lacking}"`);
  });

  it('NaN in a factor', async () => {
    const { header } = writeSafetensorsHeader([
      { name: `${query}.lora_down.weight`, dtype: 'F32', shape: down },
      { name: `${query}.lora_up.weight`, dtype: 'F32', shape: up },
    ]);
    const source = memorySource(
      'nan.safetensors',
      Buffer.concat([header, Buffer.from(new Float32Array(32).fill(Number.NaN).buffer)]),
    );
    const plan = await planLoras([{ source, weight: 1 }], base);
    await expect(mergedWith(plan)).rejects.toMatchObject({ code: 'nan-weight' });
  });
});

describe('what fits nothing', () => {
  const parts = (count: number): Record<string, readonly number[]> => {
    const shapes: Record<string, readonly number[]> = {};
    for (let i = 0; i < count; i++) {
      shapes[`lora_unet_${i}.lora_down.weight`] = [2, 8];
      shapes[`lora_unet_${i}.lora_up.weight`] = [8, 2];
    }
    return shapes;
  };
  const used = { [`${query}.lora_down.weight`]: [2, 8], [`${query}.lora_up.weight`]: [8, 2] };
  const names = (count: number) => Array.from({ length: count }, (_, i) => `"lora_unet_${i}"`).join(', ');

  it.each([
    [5, `: ${names(5)}. The rest`],
    [6, `: ${names(5)}, …. The rest`],
  ])('is named, five at most, of %i', async (count, told) => {
    const plan = await planLoras([{ source: zeros({ ...parts(count), ...used }), weight: 1 }], base);
    expect(plan.notices.map(({ message }) => message)).toEqual([expect.stringContaining(told)]);
  });

  it.each([
    [3, `e.g. ${names(3)}. It was`],
    [4, `e.g. ${names(3)}, …. It was`],
  ])('is named, three at most, where it is all there is: %i', async (count, told) => {
    await expect(planLoras([{ source: zeros(parts(count)), weight: 1 }], base)).rejects.toThrow(told);
  });

  it.each([
    [5, '"4". Choose'],
    [6, '"4", …. Choose'],
  ])('is named, five at most, where it belongs to no LoRA: %i', async (count, told) => {
    const tensors = Object.fromEntries(Array.from({ length: count }, (_, i) => [String(i), [1]]));
    await expect(planLoras([{ source: zeros({ ...tensors, ...used }), weight: 1 }], base)).rejects.toThrow(told);
  });

  it('is told, and the rest is used', async () => {
    const lora = { [`${query}.lora_down.weight`]: [2, 8], [`${query}.lora_up.weight`]: [8, 2] };
    const elsewhere = { 'lora_unet_elsewhere.lora_down.weight': [2, 8], 'lora_unet_elsewhere.lora_up.weight': [8, 2] };
    const plan = await planLoras([{ source: zeros({ ...lora, ...elsewhere }), weight: 1 }], base);
    expect(plan.unet.size).toBe(1);
    expect(plan.notices).toEqual([
      {
        code: 'lora-unused',
        message: expect.stringMatching(
          /1 of 2 parts of the LoRA "style\.safetensors".*"lora_unet_elsewhere"/,
        ) as string,
      },
    ]);
  });
});
