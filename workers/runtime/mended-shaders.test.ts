import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

import { expect, it } from 'vitest';

import { mendedShader } from './mended-shaders.ts';

const shader = (head: string): string => `${head}fn main() {\nconst M_SQRT2: f32 = sqrt(2.0);\nlet y = x / M_SQRT2;\n}`;

it('BiasSplitGelu divides by a constant of the type of its values', () => {
  expect(mendedShader(shader('enable f16;\n'))).toContain('const M_SQRT2 = sqrt(2.0);');
});

it('what computes in 32 bits is left as it is', () => {
  expect(mendedShader(shader(''))).toBe(shader(''));
});

// A graph with GEGLU in 16 bits counts on this: once the runtime has another text, it is either right or must be looked at.
it.each(['asyncify', 'jspi'])('is the text of the pinned runtime, build %s', (build) => {
  const path = createRequire(import.meta.url).resolve(`onnxruntime-web/ort-wasm-simd-threaded.${build}.wasm`);
  expect(readFileSync(path).includes('const M_SQRT2: f32 = sqrt(2.0);')).toBe(true);
});
