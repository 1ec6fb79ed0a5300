import type { Tensor } from 'onnxruntime-web';
import { expect, it, vi } from 'vitest';

import type { Notice } from '../../api.ts';
import { PinwordError, type ErrorCode } from '../../errors.ts';
import { NonFiniteError } from '../modules/non-finite-error.ts';
import { TinyPreviews } from './tiny-previews.ts';

const pixels = { width: 8, height: 8, data: new Uint8ClampedArray(256) };
const original = {} as unknown as Tensor;
const failure = (code: ErrorCode) => new PinwordError(code, `It is ${code}.`);

/** Previews over a decoder that answers so, and what they say. */
function over(beginPreview: () => Promise<{ picture: Promise<typeof pixels> }>) {
  const said: Notice[] = [];
  const decoder = { beginPreview: vi.fn(beginPreview), release: vi.fn(() => Promise.resolve()) };
  const model = { tinyDecoder: decoder } as unknown as ConstructorParameters<typeof TinyPreviews>[0];
  const previews = new TinyPreviews(model, { height: 1, width: 1 }, (notice) => said.push(notice));
  const see = async () => (await (await previews.begin(original))?.picture) ?? null;
  return { said, decoder, see };
}

it('shows what the tiny decoder makes of a step', async () => {
  const { see, said } = over(() => Promise.resolve({ picture: Promise.resolve(pixels) }));
  expect([await see(), said]).toEqual([pixels, []]);
});

it.each<readonly [string, () => Promise<{ picture: Promise<typeof pixels> }>]>([
  ['has no memory to begin', () => Promise.reject(failure('out-of-memory'))],
  ['overflows', () => Promise.resolve({ picture: Promise.reject(new NonFiniteError('tinyDecoder')) })],
])('a decoder that %s is told of once, and not asked again', async (_, begin) => {
  const { see, said, decoder } = over(begin);
  expect([await see(), await see(), await see()]).toEqual([null, null, null]);
  expect(said.map(({ code }) => code)).toEqual(['rough-previews']);
  expect(decoder.beginPreview).toHaveBeenCalledOnce();
});

it('gives back what a decoder without memory had opened', async () => {
  const { see, decoder } = over(() => Promise.reject(failure('out-of-memory')));
  await see();
  expect(decoder.release).toHaveBeenCalledOnce();
});

it('ends the run where the device is lost', async () => {
  const { see } = over(() => Promise.reject(failure('device-lost')));
  await expect(see()).rejects.toMatchObject({ code: 'device-lost' });
});
