import { expect, it } from 'vitest';

import { PinwordError } from '../errors.ts';
import { runtimeError } from './runtime-error.ts';

// As ONNX Runtime, Dawn and the browsers word them.
it.each([
  ['Error: Device was lost: 1, message: Vulkan device lost', 'device-lost'],
  ['GPUDevice is destroyed', 'device-lost'],
  ['failed to call OrtRun(). ERROR_CODE: 1\nThe device has been lost.', 'device-lost'],
  ['failed to call OrtRun(): lost on the way to the device', 'internal'],
  ['the device answered\nits pipeline was destroyed', 'internal'],
  ['bad shape', 'internal'],
])('%j is told as %s', (message, code) => {
  expect(runtimeError(new Error(message), 'The graph could not be run.').code).toBe(code);
});

it('a readback that is ended means that the device is gone, and what has a code keeps it', () => {
  expect(runtimeError(new DOMException('ended', 'AbortError'), '').code).toBe('device-lost');
  const cancelled = new PinwordError('cancelled', 'Cancelled.');
  expect(runtimeError(cancelled, '')).toBe(cancelled);
});
