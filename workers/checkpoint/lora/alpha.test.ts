import { describe, expect, it } from 'vitest';
import { memorySource } from '../../testing/reference/formats-reference.ts';
import { loraBase, mergedWith } from '../../testing/reference/lora-base.ts';
import { type TensorSpec, writeSafetensorsHeader } from '../tensor-files/safetensors-writer.ts';
import { planLoras } from './plan-loras.ts';

const base = await loraBase();
const query = 'lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn1_to_q';

describe('alpha', () => {
  const ones = new Float32Array(32).fill(1);
  const file = (dtype: TensorSpec['dtype'], bytes: Uint8Array, metadata?: ReadonlyMap<string, string>) => {
    const parts = [
      { name: `${query}.lora_down.weight`, dtype: 'F32', shape: [2, 8] },
      { name: `${query}.lora_up.weight`, dtype: 'F32', shape: [8, 2] },
      ...(bytes.length === 0 ? [] : [{ name: `${query}.alpha`, dtype, shape: [] }]),
    ] satisfies TensorSpec[];
    const { header } = writeSafetensorsHeader(parts, metadata);
    return memorySource('alpha.safetensors', Buffer.concat([header, Buffer.from(ones.buffer), bytes]));
  };
  const added = async (source: ReturnType<typeof file>) => {
    const name = 'unet.down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q.weight';
    const plain = base.weights(name);
    const merged = await mergedWith(await planLoras([{ source, weight: 1 }], base));
    return Math.round(((merged.get(name)?.[0] ?? 0) - (plain[0] ?? 0)) * 1e4) / 1e4;
  };

  it.each([
    ['F32', new Float32Array([4])],
    ['I64', new BigInt64Array([4n])],
    ['I32', new Int32Array([4])],
    ['U16', new Uint16Array([4])],
    ['U8', new Uint8Array([4])],
  ] as const)('may be of the type %s', async (dtype, value) => {
    // Σ over two ranks of 1 · 1, times 4 / 2.
    expect(await added(file(dtype, new Uint8Array(value.buffer)))).toBe(4);
  });

  it('is the rank where it is zero or missing', async () => {
    expect(await added(file('F32', new Uint8Array(new Float32Array([0]).buffer)))).toBe(2);
    expect(await added(file('F32', new Uint8Array()))).toBe(2);
  });

  it.each([
    ['a pattern that looks around', { r: 2, alpha_pattern: { '(?=to_q).*': 4 } }, /looks around/],
    ['a pattern that is no expression', { r: 2, alpha_pattern: { '(to_q': 4 } }, /does not end/],
    ['another rank than the tensors', { r: 3, lora_alpha: 4 }, /rank 2 where its metadata say 3/],
    ['a start that changed the base', { r: 2, init_lora_weights: 'pissa' }, /"pissa"/],
    ['no config', 7, /no config/],
  ])('is refused where the metadata hold %s', async (_, config, message) => {
    const source = file('F32', new Uint8Array(), new Map([['lora_adapter_metadata', JSON.stringify(config)]]));
    await expect(planLoras([{ source, weight: 1 }], base)).rejects.toMatchObject({
      code: 'bad-lora',
      message: expect.stringMatching(message) as string,
    });
  });
});
