import { describe, expect, it } from 'vitest';

import { memorySource } from '../../testing/reference/formats-reference.ts';
import { refusal } from '../../testing/reference/weights.ts';
import { readPeftMetadata } from './peft-metadata.ts';

/** @param config as JSON where it is no text */
function metadataOf(config: unknown) {
  const text = typeof config === 'string' ? config : JSON.stringify(config);
  const metadata = new Map([['lora_adapter_metadata', text]]);
  return readPeftMetadata({ source: memorySource('style.safetensors', new Uint8Array()), table: new Map(), metadata });
}

describe('the config that peft’s weights come with', () => {
  it.each<readonly [string, unknown, string, object]>([
    ['for all', { r: 4, lora_alpha: 8 }, 'unet.a.to_q', { alpha: 8, rank: 4, stabilised: false }],
    ['rank-stabilised', { r: 4, use_rslora: true }, 'unet.a', { alpha: null, rank: 4, stabilised: true }],
    ['of one part', { 'unet.r': 4, 'unet.lora_alpha': 8 }, 'unet.a', { alpha: 8, rank: 4, stabilised: false }],
    ['of another part', { 'unet.r': 4 }, 'text_encoder.a', { alpha: null, rank: null, stabilised: false }],
    ['of a part, of alpha alone', { 'unet.lora_alpha': 8 }, 'unet.a', { alpha: 8, rank: null, stabilised: false }],
    ['without numbers', '{"r": "4", "lora_alpha": NaN}', 'unet.a', { alpha: null, rank: null, stabilised: false }],
    ['with a plain start', { r: 4, init_lora_weights: 'gaussian' }, 'a', { alpha: null, rank: 4, stabilised: false }],
    [
      'with a start in a list',
      { r: 4, init_lora_weights: ['pissa'] },
      'a',
      { alpha: null, rank: 4, stabilised: false },
    ],
    ['with a start that is none', { r: 4, init_lora_weights: true }, 'a', { alpha: null, rank: 4, stabilised: false }],
  ])('%s', (_, config, module, expected) => {
    expect(metadataOf(config)(module)).toEqual(expected);
  });

  it('is read for each part by itself', () => {
    const read = metadataOf({ 'unet.r': 4, 'unet.use_rslora': true, 'text_encoder.r': 2 });
    expect(['unet.a', 'text_encoder.a', 'unet.b'].map((module) => read(module))).toEqual([
      { alpha: null, rank: 4, stabilised: true },
      { alpha: null, rank: 2, stabilised: false },
      { alpha: null, rank: 4, stabilised: true },
    ]);
  });

  it('has exceptions by pattern, of which the first that fits counts, over names within their part', () => {
    const patterns = { 'unet.alpha_pattern': { to_q: 3, '^a[.]to_.': 5 }, 'unet.rank_pattern': { 'a[.]to_k': 7 } };
    const read = metadataOf({ 'unet.r': 4, 'unet.lora_alpha': 1, ...patterns });
    const found = ['a.to_q', 'a.to_k', 'b.to_k'].map((name) => read(`unet.${name}`));
    expect(found.map(({ alpha, rank }) => [alpha, rank])).toEqual([
      [3, 4],
      [5, 7],
      [1, 4],
    ]);
    expect(metadataOf({ r: 4, alpha_pattern: { '^unet[.]a': 3 } })('unet.a').alpha).toBe(3);
  });

  it.each<readonly [string, unknown, string]>([
    ['a pattern of text', { alpha_pattern: { to_q: '4' } }, 'has a pattern "to_q" without a number'],
    ['a pattern of NaN', '{"alpha_pattern": {"to_q": NaN}}', 'has a pattern "to_q" without a number'],
    ['a long pattern of text', { rank_pattern: { ['n'.repeat(300)]: '' } }, `a pattern "${'n'.repeat(200)}" without`],
    ['a long expression', { rank_pattern: { [`(${'n'.repeat(300)}`]: 1 } }, `by "(${'n'.repeat(199)}", which`],
    ['a long start', { init_lora_weights: `pissa${'n'.repeat(300)}` }, `begun with "pissa${'n'.repeat(35)}", which`],
    ['half a config', '{"r": 4', 'has metadata "lora_adapter_metadata" that are no config'],
  ])('is refused with %s', (_, config, words) => {
    expect(refusal(() => metadataOf(config)('a'))).toMatchObject({
      code: 'bad-lora',
      message: expect.stringContaining(words) as string,
    });
  });

  it('may say a thing twice, of which the last counts, as for Python', () => {
    expect(metadataOf('{"r": 4, "r": 8}')('a').rank).toBe(8);
  });

  it.each([
    ['20,000 values', 19_998, 0],
    ['values in values in values, eight deep', 0, 6],
  ])('may hold %s, and no more', (_, items, depth) => {
    const config = (count: number, below: number) =>
      `{"r": ${'['.repeat(below + 1)}${Array.from({ length: count }, () => '0').join()}${']'.repeat(below + 1)}}`;
    expect(metadataOf(config(items, depth))('a').rank).toBeNull();
    const larger = config(items + Number(items > 0), depth + Number(depth > 0));
    expect(refusal(() => metadataOf(larger)('a')).message).toContain('that are no config');
  });

  it('may take only so many steps over all its patterns', () => {
    const costly = { 'b{1999}': 1 };
    const [much, more] = ['a'.repeat(99_999), 'a'.repeat(100_000)];
    expect(metadataOf({ alpha_pattern: costly })(much).alpha).toBeNull();
    const words = 'has too many patterns for too many modules';
    expect(refusal(() => metadataOf({ alpha_pattern: costly })(more)).message).toContain(words);
    expect(refusal(() => metadataOf({ alpha_pattern: costly, rank_pattern: costly })(much)).message).toContain(words);
    expect(refusal(() => metadataOf({ alpha_pattern: { ...costly, b: 1 } })(much)).message).toContain(words);
    expect(metadataOf({ alpha_pattern: { ['b'.repeat(2000)]: 1 } })(more).alpha).toBeNull();
  });
});
