import { expect, it } from 'vitest';

import { isFewStepName } from './few-step-names.ts';

it.each([
  ['lcm-lora-sdv1-5.safetensors', true],
  ['TCD-SD15-LoRA.safetensors', true],
  ['pcm_sd15_smallcfg_2step_converted.safetensors', true],
  ['Hyper-SD15-8steps-lora.safetensors', true],
  ['SimianLuo/LCM_Dreamshaper_v7', true],
  ['dreamshaper-8-lcm', true],
  ['nota-ai/bk-sdm-small', false],
  ['watercolour.safetensors', false],
  ['calcmoon.safetensors', false],
])('of %s the name says that it is for few steps: %s', (name, expected) => {
  expect(isFewStepName(name)).toBe(expected);
});
