import { describe, expect, it } from 'vitest';
import { defaultSettings } from '../../settings/settings.ts';
import { pictureMetadata } from '../metadata.ts';
import { readForeign } from './foreign-png.ts';

const read = (keyword: string, text: unknown) =>
  readForeign([{ keyword, text: typeof text === 'string' ? text : JSON.stringify(text) }]);

describe('a picture of AUTOMATIC1111', () => {
  const text = [
    'a (red dog:1.2), <lora:fluffy:0.8> beach',
    'BREAK sunset',
    'Negative prompt: blurry,',
    'low quality',
    'Steps: 20, Sampler: DPM++ 2M, Schedule type: Karras, CFG scale: 7, Seed: 1234, Size: 512x768, Model hash: abc, Model: dream, Clip skip: 2, Hires upscale: 2, Lora hashes: "fluffy: 1a, b: 2", Version: v1.9',
  ].join('\n');

  it('fills in what can be read, and names the rest', () => {
    expect(read('parameters', text)).toEqual({
      tool: 'AUTOMATIC1111',
      caption: 'a (red dog:1.2), beach\nBREAK sunset',
      settings: {
        steps: 20,
        scheduler: 'dpmsolver++2m-karras',
        guidanceScale: 7,
        seed: 1234,
        seedLocked: true,
        clipSkip: 2,
        width: 512,
        height: 768,
        longCaptions: true,
        negativePrompt: 'blurry,\nlow quality',
      },
      leftOut: ['model dream', 'Hires upscale 2', 'LoRA fluffy'],
    });
  });

  it.each([
    ['Euler a', undefined, 'euler-ancestral'],
    ['DPM++ 2M Karras', undefined, 'dpmsolver++2m-karras'],
    ['DDIM', 'Automatic', 'ddim'],
    ['Restart', undefined, undefined],
    ['Euler', 'Karras', undefined],
  ])('has the sampler %s, %s', (sampler, schedule, expected) => {
    const type = schedule === undefined ? '' : `Schedule type: ${schedule}, `;
    const found = read('parameters', `a dog\nSteps: 5, Sampler: ${sampler}, ${type}Seed: 1`);
    expect(found?.settings.scheduler).toBe(expected);
    expect(found?.leftOut.some((what) => what.startsWith('sampler'))).toBe(expected === undefined);
  });

  it.each([
    ['a "quoted", value', 'x: "a, b: \\"c\\"", Seed: 5', 5],
    ['quotes that do not end', 'x: "a, Seed: 5', 5],
    ['quotes in the middle', 'x: a "b, Seed: 5', 5],
    ['text behind its quotes', 'x: "a"b, Seed: 5', 5],
    ['a key behind other characters', 'x: 1, (é) Seed: 5', 5],
    ['a key without a name', ': 1, Seed: 5', 5],
    ['a value with a colon', 'x: a: b, Seed: 5', 5],
    ['nothing at the end', 'x: 1, Seed:', undefined],
  ])('with %s among its settings', (_, line, seed) => {
    expect(read('parameters', `a dog\nSteps: 5, ${line}`)?.settings.seed).toBe(seed);
  });

  it.each([
    ['[red:blue:0.5] dog', true],
    ['[dog:0.3]', true],
    ['a [cat|dog]', true],
    ['a cat AND a dog', true],
    ['[fog], (dog:1.2)', false],
    ['[12]', false],
    ['a BRAND [a:b]', false],
  ])('of %s is told what was edited: %s', (caption, isTold) => {
    const found = read('parameters', `${caption}\nSteps: 5, Seed: 1`);
    expect(found?.leftOut.some((what) => what.startsWith('prompt editing'))).toBe(isTold);
  });

  it.each([
    ['spaces', (times: number) => `a\nSteps: 5, ${' '.repeat(times)}`],
    ['keys without colons', (times: number) => `a\nSteps: 5, ${'a '.repeat(times)}`],
    ['quotes', (times: number) => `a\nSteps: 5, ${'k:"\\'.repeat(times)}`],
    ['a tag without an end', (times: number) => `<lora:${'a'.repeat(times)}\nSteps: 5, Seed: 1`],
    ['tags without an end', (times: number) => `${'<lora:a'.repeat(times)}\nSteps: 5, Seed: 1`],
    ['brackets', (times: number) => `${'['.repeat(times)}\nSteps: 5, Seed: 1`],
    ['a bracket of numbers', (times: number) => `[:${'1'.repeat(times)}\nSteps: 5, Seed: 1`],
    ['a bracket of bars', (times: number) => `[${'|'.repeat(times)}\nSteps: 5, Seed: 1`],
  ])('with %s without end is read in one pass', (_, text) => {
    expect(read('parameters', text(250_000))).not.toBeUndefined();
  });

  it('with values that no setting takes keeps its caption', () => {
    expect(read('parameters', 'a dog\nSteps: 5000, Sampler: Euler, CFG scale: 99, Seed: -1, Size: 9x9')).toMatchObject({
      caption: 'a dog',
      leftOut: ['Steps 5000', 'Guidance scale 99', 'Seed -1', 'Width 9', 'Height 9'],
    });
  });
});

it('a picture of InvokeAI', () => {
  const said = {
    positive_prompt: 'a dog++ [on] the beach',
    negative_prompt: 'blurry',
    seed: 5,
    steps: 30,
    cfg_scale: 7.5,
    scheduler: 'dpmpp_2m_k',
    width: 512,
    height: 512,
    clip_skip: 0,
    model: { name: 'sd-1-5' },
    loras: [],
  };
  expect(read('invokeai_metadata', said)).toEqual({
    tool: 'InvokeAI',
    caption: String.raw`a dog++ \[on\] the beach`,
    settings: {
      negativePrompt: 'blurry',
      seed: 5,
      seedLocked: true,
      steps: 30,
      guidanceScale: 7.5,
      scheduler: 'dpmsolver++2m-karras',
      width: 512,
      height: 512,
      clipSkip: 1,
    },
    leftOut: ['model sd-1-5', 'InvokeAI’s own weights (word++)'],
  });
});

it('a picture of Fooocus', () => {
  const said = {
    prompt: 'a dog',
    negative_prompt: '',
    steps: 30,
    guidance_scale: 4,
    seed: '77',
    sampler: 'dpmpp_2m_sde_gpu',
    scheduler: 'karras',
    resolution: '(896, 1024)',
    base_model: 'juggernaut',
    styles: ['Fooocus V2'],
  };
  expect(read('parameters', said)).toMatchObject({
    tool: 'Fooocus',
    caption: 'a dog',
    settings: { steps: 30, guidanceScale: 4, seed: 77, width: 896, height: 1024 },
    leftOut: ['sampler dpmpp_2m_sde_gpu karras', 'model juggernaut', 'styles'],
  });
});

describe('a picture of ComfyUI', () => {
  const graph = {
    3: {
      class_type: 'KSampler',
      inputs: {
        seed: 9,
        steps: 12,
        cfg: 8,
        sampler_name: 'euler',
        scheduler: 'normal',
        denoise: 1,
        model: ['10', 0],
        positive: ['6', 0],
        negative: ['7', 0],
        latent_image: ['5', 0],
      },
    },
    4: { class_type: 'CheckpointLoaderSimple', inputs: { ckpt_name: 'v1-5.safetensors' } },
    5: { class_type: 'EmptyLatentImage', inputs: { width: 640, height: 512, batch_size: 1 } },
    6: { class_type: 'CLIPTextEncode', inputs: { text: 'a (dog:1.2) [x]', clip: ['10', 1] } },
    7: { class_type: 'CLIPTextEncode', inputs: { text: ['11', 0], clip: ['10', 1] } },
    10: { class_type: 'LoraLoader', inputs: { lora_name: 'x', model: ['4', 0], clip: ['4', 1] } },
    11: { class_type: 'PrimitiveString', inputs: { value: 'rain' } },
  };

  it('is read from what its sampler is fed with', () => {
    expect(read('prompt', graph)).toEqual({
      tool: 'ComfyUI',
      caption: String.raw`a (dog:1.2) \[x\]`,
      settings: {
        negativePrompt: 'rain',
        seed: 9,
        seedLocked: true,
        steps: 12,
        guidanceScale: 8,
        scheduler: 'euler',
        width: 640,
        height: 512,
      },
      leftOut: ['model v1-5.safetensors', 'LoRA files'],
    });
  });

  it('whose graph is a circle is read as far as it goes', () => {
    const circle = { ...graph, 6: { class_type: 'Reroute', inputs: { in: ['6', 0] } } };
    expect(read('prompt', circle)).toMatchObject({ caption: null, settings: { steps: 12 } });
    const ofTexts = { ...graph, 6: { class_type: 'CLIPTextEncode', inputs: { text: ['6', 0] } } };
    expect(read('prompt', ofTexts)).toMatchObject({ caption: null, settings: { steps: 12 } });
  });
});

it('a picture of Fooocus whose resolution is digits without end is read in one pass', () => {
  const said = { base_model: 'x', prompt: 'a dog', resolution: '1'.repeat(500_000) };
  expect(read('parameters', said)).toMatchObject({ tool: 'Fooocus', caption: 'a dog' });
});

describe('nothing is read', () => {
  it.each([
    ['of a photo', 'Comment', 'a photo'],
    ['of half a text', 'parameters', 'only words'],
    ['of broken JSON', 'prompt', '{"3":'],
    ['of JSON of something else', 'prompt', '{"a":1}'],
    ['of an empty text', 'parameters', ''],
    ['of a list', 'invokeai_metadata', '[]'],
  ])('%s', (_, keyword, text) => {
    expect(read(keyword, text)).toBeNull();
  });
});

it('our own text is what A1111 would read', () => {
  const settings = { ...defaultSettings, width: 128, height: 128, seed: 3, negativePrompt: 'rain' };
  const chunks = pictureMetadata({
    compose: { caption: 'a dog', pins: [] },
    embeddings: [],
    settings,
    guidanceMoved: false,
    model: { id: 'm', name: 'M' },
  });
  expect(readForeign(chunks)).toMatchObject({ caption: 'a dog', settings: { seed: 3, steps: 25, scheduler: 'ddim' } });
});
