import { expect, it } from 'vitest';
import { droppedKind } from './dropped-kind.ts';

it.each([
  ['a.png', 'image/png', 1e5, 'picture'],
  ['style.pt', '', 5000, 'embedding'],
  ['style.safetensors', '', 80_000, 'embedding'],
  ['style.safetensors', '', 150e6, 'lora'],
  ['model.SAFETENSORS', '', 2.1e9, 'checkpoint'],
  ['model.ckpt', '', 2.1e9, 'other'],
  ['big.pt', '', 6e7, 'other'],
])('a dropped %s (%s, %i bytes) is taken as: %s', (name, type, size, kind) => {
  expect(droppedKind({ name, type, size })).toBe(kind);
});
