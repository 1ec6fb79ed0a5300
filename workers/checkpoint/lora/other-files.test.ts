import { describe, expect, it } from 'vitest';

import { memorySource } from '../../testing/reference/formats-reference.ts';
import { loraBase, mergedWith } from '../../testing/reference/lora-base.ts';
import { type TensorSpec, writeSafetensorsHeader } from '../tensor-files/safetensors-writer.ts';
import { planLoras } from './plan-loras.ts';
import { parseTensorName } from './tensor-names.ts';

const base = await loraBase();
const attention = 'down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q';
const text = 'text_model.encoder.layers.0.mlp.fc1';

/** A file of float32 tensors. */
function file(
  tensors: Readonly<Record<string, { readonly shape: readonly number[]; readonly values: readonly number[] }>>,
) {
  const { header } = writeSafetensorsHeader(
    Object.entries(tensors).map(([name, { shape }]): TensorSpec => ({ name, dtype: 'F32', shape })),
  );
  const data = Object.values(tensors).map(({ values }) => Buffer.from(Float32Array.from(values).buffer));
  return memorySource('other.safetensors', Buffer.concat([header, ...data]));
}

const range = (length: number): number[] => Array.from({ length }, (_, index) => index);

describe("IA³ as peft writes it: l is the factor, and of outputs the bias's too", () => {
  it('over the outputs of a layer with a bias', async () => {
    const weights = base.weights(`text_encoder.${text}.weight`);
    const biases = base.weights(`text_encoder.${text}.bias`);
    const outputs = biases.length;
    const factors = range(outputs).map((row) => 1 + row / 16);
    const source = file({ [`text_encoder.${text}.ia3_l`]: { shape: [outputs, 1], values: factors } });
    const merged = await mergedWith(await planLoras([{ source, weight: 0.5 }], base));
    const moved = factors.map((factor) => 1 + 0.5 * (factor - 1));
    const columns = weights.length / outputs;
    expect(merged.get(`text_encoder.${text}.weight`)).toEqual(
      weights.map((value, index) => value * Math.fround(moved[Math.floor(index / columns)] ?? NaN)),
    );
    expect(merged.get(`text_encoder.${text}.bias`)).toEqual(
      biases.map((value, index) => value * Math.fround(moved[index] ?? NaN)),
    );
  });

  it('over the inputs of a layer, and not over its bias', async () => {
    const weights = base.weights(`text_encoder.${text}.weight`);
    const inputs = weights.length / base.weights(`text_encoder.${text}.bias`).length;
    const factors = range(inputs).map((column) => 2 - column / 8);
    const source = file({ [`text_encoder.${text}.ia3_l`]: { shape: [1, inputs], values: factors } });
    const merged = await mergedWith(await planLoras([{ source, weight: 1 }], base));
    expect([...merged.keys()]).toEqual([`text_encoder.${text}.weight`]);
    expect(merged.get(`text_encoder.${text}.weight`)).toEqual(
      weights.map((value, index) => value * (factors[index % inputs] ?? NaN)),
    );
  });

  it('over the outputs of a layer without a bias', async () => {
    const weights = base.weights(`unet.${attention}.weight`);
    const source = file({ [`unet.${attention}.ia3_l`]: { shape: [8, 1], values: range(8) } });
    const merged = await mergedWith(await planLoras([{ source, weight: 1 }], base));
    expect([...merged]).toEqual([
      [`unet.${attention}.weight`, weights.map((value, index) => value * Math.floor(index / 8))],
    ]);
  });

  it('refuses factors for neither', async () => {
    const source = file({ [`unet.${attention}.ia3_l`]: { shape: [3, 1], values: [1, 1, 1] } });
    await expect(planLoras([{ source, weight: 1 }], base)).rejects.toMatchObject({ code: 'bad-lora' });
  });
});

describe('differences', () => {
  const outputs = base.weights(`text_encoder.${text}.bias`).length;
  const plus = (values: Float32Array, added: readonly number[]) =>
    values.map((value, index) => value + 0.5 * (added[index] ?? NaN));

  it('of a bias alone are added to it', async () => {
    const added = range(outputs);
    const source = file({ [`text_encoder.${text}.diff_b`]: { shape: [outputs], values: added } });
    const merged = await mergedWith(await planLoras([{ source, weight: 0.5 }], base));
    expect([...merged.keys()]).toEqual([`text_encoder.${text}.bias`]);
    expect(merged.get(`text_encoder.${text}.bias`)).toEqual(plus(base.weights(`text_encoder.${text}.bias`), added));
  });

  it('of a weight may come with an alpha, which says nothing', async () => {
    const weights = base.weights(`text_encoder.${text}.weight`);
    const added = range(weights.length);
    const source = file({
      [`text_encoder.${text}.diff`]: { shape: [outputs, weights.length / outputs], values: added },
      [`text_encoder.${text}.alpha`]: { shape: [], values: [7] },
    });
    const merged = await mergedWith(await planLoras([{ source, weight: 0.5 }], base));
    expect(merged.get(`text_encoder.${text}.weight`)).toEqual(plus(weights, added));
  });

  it.each([
    ['w_norm', 'weight'],
    ['b_norm', 'bias'],
  ])('of a norm may be %s alone, and come with an alpha, which says nothing', async (part, parameter) => {
    const name = 'unet.conv_norm_out';
    const values = base.weights(`${name}.${parameter}`);
    const added = range(values.length);
    const source = file({
      [`${name}.${part}`]: { shape: [values.length], values: added },
      [`${name}.alpha`]: { shape: [], values: [7] },
    });
    const merged = await mergedWith(await planLoras([{ source, weight: 0.5 }], base));
    expect([...merged]).toEqual([[`${name}.${parameter}`, plus(values, added)]]);
  });

  // As ComfyUI's weight_adapter has it: alpha is the LoRA's alone.
  it('of a bias may come with a LoRA, whose alpha does not scale them', async () => {
    const added = range(outputs);
    const inputs = base.weights(`text_encoder.${text}.weight`).length / outputs;
    const source = file({
      [`text_encoder.${text}.lora_down.weight`]: { shape: [1, inputs], values: range(inputs) },
      [`text_encoder.${text}.lora_up.weight`]: { shape: [outputs, 1], values: added },
      [`text_encoder.${text}.alpha`]: { shape: [], values: [7] },
      [`text_encoder.${text}.diff_b`]: { shape: [outputs], values: added },
    });
    const merged = await mergedWith(await planLoras([{ source, weight: 0.5 }], base));
    expect(merged.get(`text_encoder.${text}.bias`)).toEqual(plus(base.weights(`text_encoder.${text}.bias`), added));
  });

  it.each(['diff', 'diff_b', 'w_norm', 'b_norm'])('of another size are refused: %s', async (part) => {
    const source = file({ [`text_encoder.${text}.${part}`]: { shape: [outputs + 1], values: range(outputs + 1) } });
    await expect(planLoras([{ source, weight: 1 }], base)).rejects.toMatchObject({ code: 'bad-lora' });
  });
});

describe('names of tensors', () => {
  it.each([
    ['x.lora_down.weight', 'x', 'lora_down'],
    ['x.lora_A.weight', 'x', 'lora_down'],
    ['x.lora_A.default.weight', 'x', 'lora_down'],
    ['x.lora.down.weight', 'x', 'lora_down'],
    ['x.lora_linear_layer.down.weight', 'x', 'lora_down'],
    ['x.to_q_lora.down.weight', 'x.to_q', 'lora_down'],
    ['x.lora_up.weight', 'x', 'lora_up'],
    ['x.lora_B.weight', 'x', 'lora_up'],
    ['x.lora_B.default.weight', 'x', 'lora_up'],
    ['x.lora.up.weight', 'x', 'lora_up'],
    ['x.lora_linear_layer.up.weight', 'x', 'lora_up'],
    ['x.to_q_lora.up.weight', 'x.to_q', 'lora_up'],
    ['x.lora_mid.weight', 'x', 'lora_mid'],
    ['x.lora_up.bias', 'x', 'lora_bias'],
    ['x.lora_B.bias', 'x', 'lora_bias'],
    ['x.lora_B.default.bias', 'x', 'lora_bias'],
    ['x.lora.up.bias', 'x', 'lora_bias'],
    ['x.to_q_lora.up.bias', 'x.to_q', 'lora_bias'],
    ['x.lora_magnitude_vector', 'x', 'lora_magnitude_vector'],
    ['x.lora_magnitude_vector.default.weight', 'x', 'lora_magnitude_vector'],
    ['x.ia3_l', 'x', 'ia3_l'],
    ['x.ia3_l.default', 'x', 'ia3_l'],
    ['x.oft_diag', 'x', 'oft_blocks'],
    ['x.alpha', 'x', 'alpha'],
    ['x.a1.weight', 'x', 'a1'],
    ['x.bm.weight', 'x', 'bm'],
    ['alpha', '', 'alpha'],
  ])('%s is the part %s of a module', (name, module, part) => {
    expect(parseTensorName(name)).toEqual({ module, part });
  });

  it.each(['x.weight', 'x.a1.bias', 'x.c1.weight', 'x.novel', 'x.lora_down.bias', 'alpha.x'])('%s is none', (name) => {
    expect(parseTensorName(name)).toBeNull();
  });
});

describe('files of another kind', () => {
  it.each([
    ['text_encoder_2.x.lora_A.weight', 'Stable Diffusion XL LoRA'],
    ['text_encoders.clip_g.x.lora_A.weight', 'Stable Diffusion XL LoRA'],
    ['x.q_layer.weight', 'T-LoRA'],
    ['x.p_layer.weight', 'T-LoRA'],
    ['x.oft_r.default', "OFT file of peft's own form"],
    ['x.boft_R.weight', "BOFT file of peft's own form"],
    ['x.boft_s', "BOFT file of peft's own form"],
    ['x.vera_lambda_b', 'VeRA'],
    ['x.vera_A', 'VeRA'],
    ['x.hra_u', 'HRA'],
    ['x.lora_embedding_A', 'LoRA of token embeddings'],
    ['x.set_weight', 'whole-weight patch'],
    ['x.reshape_weight', 'whole-weight patch'],
    ['x.bias_indices', 'LoCon with a sparse remainder'],
    ['x.bias_size', 'LoCon with a sparse remainder'],
  ])('%s is refused as a %s', async (name, method) => {
    const source = file({ [name]: { shape: [1], values: [1] } });
    await expect(planLoras([{ source, weight: 1 }], base)).rejects.toMatchObject({
      code: 'bad-lora',
      message: expect.stringContaining(`is a ${method}, which is not supported (tensor "${name}")`) as string,
    });
  });

  it.each(['pissa', 'pissa_niter_16', 'corda', 'olora', 'loftq', 'lora_ga'])(
    'that were begun with %s, which changes the base, are refused',
    async (start) => {
      const { header } = writeSafetensorsHeader(
        [
          { name: `unet.${attention}.lora_A.weight`, dtype: 'F32', shape: [2, 8] },
          { name: `unet.${attention}.lora_B.weight`, dtype: 'F32', shape: [8, 2] },
        ],
        new Map([['lora_adapter_metadata', JSON.stringify({ 'unet.r': 2, 'unet.init_lora_weights': start })]]),
      );
      const source = memorySource('begun.safetensors', Buffer.concat([header, new Uint8Array(128)]));
      await expect(planLoras([{ source, weight: 1 }], base)).rejects.toThrow(`was begun with "${start}"`);
    },
  );
});
