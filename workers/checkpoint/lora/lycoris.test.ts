import { describe, expect, it } from 'vitest';
import { formatsFile, formatsTensors } from '../../testing/reference/formats-reference.ts';
import { loraBase, mergedWith, worstDifferences } from '../../testing/reference/lora-base.ts';
import { readSafetensors } from '../tensor-files/safetensors.ts';
import { planLoras } from './plan-loras.ts';

const base = await loraBase();

const lycoris = [
  'locon-tucker',
  'dora',
  'dora-on-input',
  'dora-whole',
  'loha',
  'loha-tucker',
  'loha-dora',
  'lokr',
  'lokr-factors',
  'lokr-full',
  'lokr-tucker',
  'lokr-unbalanced',
  'lokr-dora',
  'full',
  'norm',
  'glora',
  'ia3',
  'ia3-on-input',
  'oft',
  'oft-constraint',
  'oft-kohya',
  'boft',
  'boft-constraint',
];

describe("methods of LyCORIS against lycoris-lora's modules", () => {
  it.each(lycoris)('%s', async (name) => {
    const source = await formatsFile(`lora/lycoris/${name}.safetensors`);
    const { metadata } = await readSafetensors(source);
    const expected = await formatsTensors(`lora/lycoris/${name}.merged.safetensors`);
    const actual = await mergedWith(await planLoras([{ source, weight: Number(metadata.get('multiplier')) }], base));
    expect([...actual.keys()].sort()).toEqual([...expected.keys()].sort());
    expect(worstDifferences(actual, expected, 2e-6)).toEqual([]);
  });
});
