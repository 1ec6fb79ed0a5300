import { describe, expect, it } from 'vitest';
import { z } from 'zod';

import type { Pixels, Region } from '../api.ts';
import { entry } from '../testing/reference/reference-case.ts';
import { findReferenceJson, readTensorFile, readWeightFile, tensorBytes } from '../testing/reference/reference-file.ts';
import { refusal } from '../testing/reference/weights.ts';
import { parseImageProcessorConfig, processImage } from './image-processor.ts';

const pictures = await readWeightFile('image-processor/pictures.safetensors');
const expected = await readTensorFile('image-processor/pictures.safetensors');
const cases = z
  .array(z.object({ name: z.string(), config: z.unknown() }))
  .parse(await findReferenceJson('image-processor/cases.json'));

function picture(name: string): Pixels {
  const { shape, bytes } = tensorBytes(pictures, `${name}.rgba`);
  const [height = 0, width = 0] = shape;
  return { width, height, data: new Uint8ClampedArray(bytes.buffer) };
}

/** The largest difference to what transformers gave, in units of one 8-bit step. */
function difference(name: string, actual: Float32Array, region: Region | null = null): number {
  const { values } = entry(expected, `${name}.pixel_values`);
  expect({ name, region, length: actual.length }).toEqual({ name, region, length: values.length });
  const step = name === 'plain-scaling' ? 1 / 255 : 1 / 255 / 0.27577711;
  return (
    values.reduce((largest, value, index) => Math.max(largest, Math.abs(value - (actual[index] ?? NaN))), 0) / step
  );
}

describe('preparing a picture for the image encoder', () => {
  it.each(cases)('gives what CLIPImageProcessor gives: $name', ({ name, config }) => {
    expect(difference(name, processImage(picture(name), null, parseImageProcessorConfig(config)))).toBeLessThan(1e-3);
  });

  const config = parseImageProcessorConfig({ size: { shortest_edge: 32 }, crop_size: { height: 32, width: 32 } });

  it('shrinks the rows of a tall picture before its columns', () => {
    expect(difference('shrink-tall', processImage(picture('shrink-tall'), null, config))).toBeLessThan(1e-3);
  });

  it('shows what is transparent on white', () => {
    expect(difference('transparent', processImage(picture('transparent'), null, config))).toBeLessThanOrEqual(1.1);
  });

  it('takes the chosen region of the picture', () => {
    const region = { x: 20, y: 10, size: 45 };
    expect(difference('region', processImage(picture('region'), region, config), region)).toBeLessThan(1e-3);
  });

  it('cuts a region that reaches over the edge to the picture', () => {
    const whole = picture('square');
    const over = processImage(whole, { x: 16, y: 16, size: 400 }, config);
    expect(over).toEqual(processImage(whole, { x: 16, y: 16, size: 16 }, config));
  });
});

describe('the settings of an image processor', () => {
  it('may be the plain numbers of older files', () => {
    const { size, crop_size } = parseImageProcessorConfig({ size: 224, crop_size: 224 });
    expect({ size, crop_size }).toEqual({ size: { shortest_edge: 224 }, crop_size: { height: 224, width: 224 } });
  });

  it('are those of CLIP where a checkpoint has none', () => {
    expect(parseImageProcessorConfig(null)).toMatchObject({ size: { shortest_edge: 224 }, resample: 'bicubic' });
  });

  it('are refused by the name of the key, an edge of 20,000 pixels too', () => {
    expect(refusal(() => parseImageProcessorConfig({ image_mean: [0.5] })).message).toContain('image_mean');
    expect(refusal(() => parseImageProcessorConfig({ resample: 0 })).message).toContain('resample');
    expect(refusal(() => parseImageProcessorConfig({ size: { shortest_edge: 20_000 } })).message).toContain('size');
  });
});
