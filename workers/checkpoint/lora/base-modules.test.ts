import { describe, expect, it } from 'vitest';
import { formatsFile, formatsTensors } from '../../testing/reference/formats-reference.ts';
import { loraBase, mergedWith, worstDifferences } from '../../testing/reference/lora-base.ts';
import { BaseModules } from './base-modules.ts';
import { planLoras } from './plan-loras.ts';

const base = await loraBase();

describe('names of other times and tools', () => {
  it.each(['ldm-names', 'old-text-encoder-names', 'peft-flat-text-encoder'])('%s', async (name) => {
    const given = await formatsTensors(`lora/names/${name}.expected.safetensors`);
    const expected = new Map(
      [...given].map(([key, values]) => [
        key.replace('unet|', 'unet.').replace('textEncoder|', 'text_encoder.'),
        values,
      ]),
    );
    const source = await formatsFile(`lora/names/${name}.safetensors`);
    const actual = await mergedWith(await planLoras([{ source, weight: 1 }], base));
    expect([...actual.keys()].sort()).toEqual([...expected.keys()].sort());
    expect(worstDifferences(actual, expected, 2e-6)).toEqual([]);
  });

  const attention = 'down_blocks.0.attentions.0.transformer_blocks.0.attn1';
  const flat = attention.replaceAll('.', '_');
  const text = 'encoder.layers.0.self_attn.q_proj';
  it.each([
    [`lora_unet_${flat}_to_q`, `${attention}.to_q.weight`],
    [`lycoris_${flat}_to_q`, `${attention}.to_q.weight`],
    [`lycoris_unet_${flat}_to_q`, `${attention}.to_q.weight`],
    [`oft_unet_${flat}_to_q`, `${attention}.to_q.weight`],
    [`unet.${attention}.to_out`, `${attention}.to_out.0.weight`],
    [`unet.${attention}.processor.to_q`, `${attention}.to_q.weight`],
    [`base_model.model.${attention}.to_q`, `${attention}.to_q.weight`],
    [`unet.base_model.model.${attention}.to_q`, `${attention}.to_q.weight`],
    ['diffusion_model.input_blocks.1.1.transformer_blocks.0.attn1.to_q', `${attention}.to_q.weight`],
    ['diffusion_model.input_blocks.1.0.emb_layers.1', 'down_blocks.0.resnets.0.time_emb_proj.weight'],
    ['model.diffusion_model.input_blocks.1.1.transformer_blocks.0.attn1.to_q', `${attention}.to_q.weight`],
    ['diffusion_model.middle_block.1.proj_out', 'mid_block.attentions.0.proj_out.weight'],
    ['diffusion_model.time_embed.2', 'time_embedding.linear_2.weight'],
    ['diffusion_model.out.2', 'conv_out.weight'],
    ['lora_unet_input_blocks_0_0', 'conv_in.weight'],
    [`lora_te_text_model_${text.replaceAll('.', '_')}`, `text_model.${text}.weight`],
    [`lora_te1_text_model_${text.replaceAll('.', '_')}`, `text_model.${text}.weight`],
    [`lycoris_te_text_model_${text.replaceAll('.', '_')}`, `text_model.${text}.weight`],
    [`lycoris_te1_text_model_${text.replaceAll('.', '_')}`, `text_model.${text}.weight`],
    [`text_encoder.${text}`, `text_model.${text}.weight`],
    [`text_encoder.text_model.${text.replace('q_proj', 'to_q')}`, `text_model.${text}.weight`],
    [`text_encoders.clip_l.transformer.text_model.${text}`, `text_model.${text}.weight`],
    [`text_model.${text}`, `text_model.${text}.weight`],
  ])('%s is %s', (module, weight) => {
    expect(new BaseModules(base).find(module)?.weight).toBe(weight);
  });

  it.each([
    `lora_te_${flat}_to_q`,
    `text_encoder.${attention}.to_q`,
    `lora_unet_text_model_${text.replaceAll('.', '_')}`,
    `unet.text_model.${text}`,
    'diffusion_model.input_blocks.9.1.proj_in',
  ])('%s is none: what begins with a part is of no other', (module) => {
    expect(new BaseModules(base).find(module)).toBeNull();
  });
});
