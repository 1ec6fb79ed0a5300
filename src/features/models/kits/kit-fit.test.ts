import { expect, it } from 'vitest';
import type { DeviceReport } from '../../../../workers/api.ts';
import { kitFit } from './kit-fit.ts';

const memory = { least: 1.1e9, most: 3.3e9 };
const gpu = { adapter: 'x', shaderF16: true, software: false, maxBufferSize: 2 ** 31 };
const device = (change: Partial<typeof gpu>): DeviceReport => ({
  webgpu: { ...gpu, ...change },
  reason: null,
  storage: null,
});

it.each([
  ['a machine with room', device({}), Infinity, true, '1.1 GB to 3.3 GB. 8.6 GB are expected to be free here.'],
  [
    'a machine without 16-bit numbers',
    device({ shaderF16: false }),
    Infinity,
    true,
    '2.2 GB to 6.6 GB in 32 bits. 8.6 GB are expected to be free here.',
  ],
  [
    'a small graphics processor',
    device({ maxBufferSize: 2 ** 27 }),
    Infinity,
    true,
    '1.1 GB to 3.3 GB. Only 1.1 GB are expected to be free here: it may work, slowly.',
  ],
  [
    'an imitated one',
    device({ software: true }),
    Infinity,
    true,
    '1.1 GB to 3.3 GB. There is no graphics processor here, only an imitation: a picture takes very long.',
  ],
  ['a phone', device({}), 1e9, false, '1.1 GB to 3.3 GB. This browser closes a page near 1.0 GB.'],
  [
    'a browser without WebGPU',
    { webgpu: null, reason: 'none', storage: null },
    Infinity,
    false,
    'It needs WebGPU, which this browser does not have.',
  ],
  ['a machine that is not known yet', null, Infinity, true, '1.1 GB to 3.3 GB.'],
] as const)('a kit on %s', (_, report, limit, isPossible, text) => {
  // The small one needs a little more than is expected to be free.
  const needs = report?.webgpu?.maxBufferSize === 2 ** 27 ? { ...memory, least: 1.12e9 } : memory;
  expect(kitFit({ memory: needs }, report, limit)).toEqual({ isPossible, text });
});

it('the kit that comes with the page runs everywhere', () => {
  expect(kitFit({ memory: null }, { webgpu: null, reason: 'none', storage: null }, 1)).toMatchObject({
    isPossible: true,
  });
});
