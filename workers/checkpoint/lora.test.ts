import { describe, expect, it } from 'vitest';
import { formatsFile, formatsTensors, memorySource } from '../testing/formats-reference.ts';
import { addDeltas, loadDeltas } from './lora-merge.ts';
import { type LoraPlan, planLoras } from './lora.ts';
import type { LoraTarget } from './lora-keys.ts';
import { readSafetensorsTable, writeSafetensorsHeader } from './safetensors.ts';
import type { TensorSpec } from './safetensors-writer.ts';

const base = {
  unet: await readSafetensorsTable(await formatsFile('lora/unet.safetensors')),
  textEncoder: await readSafetensorsTable(await formatsFile('lora/text_encoder.safetensors')),
};
const weights = {
  unet: await formatsTensors('lora/unet.safetensors'),
  textEncoder: await formatsTensors('lora/text_encoder.safetensors'),
};
const prefixes: Readonly<Record<LoraTarget, string>> = { unet: 'unet.', textEncoder: 'text_encoder.' };

/** All merged tensors under diffusers' component prefixes. */
async function merge(plan: LoraPlan): Promise<Map<string, Float32Array>> {
  const merged = new Map<string, Float32Array>();
  for (const target of ['unet', 'textEncoder'] as const) {
    for (const [name, deltas] of plan[target]) {
      const values = (weights[target].get(name) ?? new Float32Array()).slice();
      addDeltas(await loadDeltas(deltas), values);
      merged.set(prefixes[target] + name, values);
    }
  }
  return merged;
}

/** A LoRA file of zeros. */
function zeros(tensors: Readonly<Record<string, readonly number[]>>) {
  const { header, size } = writeSafetensorsHeader(
    Object.entries(tensors).map(([name, shape]): TensorSpec => ({ name, dtype: 'F32', shape })),
  );
  const bytes = new Uint8Array(size);
  bytes.set(header);
  return memorySource('style.safetensors', bytes);
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
    const plan = await planLoras(inputs, base);
    const actual = await merge(plan);
    expect([...actual.keys()].sort()).toEqual([...expected.keys()].sort());
    for (const [name, values] of actual) {
      const difference = values.reduce(
        (worst, value, i) => Math.max(worst, Math.abs(value - (expected.get(name)?.[i] ?? Number.NaN))),
        0,
      );
      expect([name, difference < 2e-6]).toEqual([name, true]);
    }
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
  });
});

const query = 'lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn1_to_q';

describe('LoRA files that are refused', () => {
  const down = [2, 8];
  const up = [8, 2];
  it.each([
    [
      'a key of another model',
      {
        [`${query}.lora_down.weight`]: down,
        [`${query}.lora_up.weight`]: up,
        'lora_unet_elsewhere.lora_down.weight': down,
        'lora_unet_elsewhere.lora_up.weight': up,
      },
      /2 of 4 tensors.*"lora_unet_elsewhere\.lora_down\.weight"/,
    ],
    ['a key of no known form', { 'mystery.weight': [1] }, /"mystery\.weight"/],
    ['a missing half', { [`${query}.lora_down.weight`]: down }, /lacks the up part/],
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
    ['LoHa', { [`${query}.hada_w1_a`]: [8, 2] }, /LoHa/],
    ['LoKr', { [`${query}.lokr_w1`]: [8, 2] }, /LoKr/],
    ['CP decomposition', { [`${query}.lora_mid.weight`]: [2, 2, 3, 3] }, /CP decomposition/],
    ['DoRA', { [`${query}.dora_scale`]: [8, 1] }, /DoRA/],
    ['SDXL', { 'lora_te2_text_model_x.alpha': [] }, /XL/],
    ['GLoRA', { [`${query}.a1.weight`]: [2, 8], [`${query}.b1.weight`]: [2, 8] }, /GLoRA/],
    ['GLoRA by LyCORIS', { 'lycoris_unet_mid_block.a2.weight': [2, 8] }, /GLoRA/],
    ['IA3', { [`${query}.weight`]: [8], [`${query}.on_input`]: [] }, /IA3/],
    ["peft's IA3", { 'unet.mid_block.attentions.0.transformer_blocks.0.attn1.to_k.ia3_l': [8] }, /IA3/],
    ['nothing', {}, /no tensors/],
  ])('%s', async (_, tensors, message) => {
    await expect(planLoras([{ source: zeros(tensors), weight: 1 }], base)).rejects.toMatchObject({
      code: 'bad-lora',
      message: expect.stringMatching(message) as string,
    });
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
    await expect(Promise.all([...plan.unet.values()].map(loadDeltas))).rejects.toMatchObject({ code: 'nan-weight' });
  });
});
