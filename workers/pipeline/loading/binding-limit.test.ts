import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { own } from '../../testing/reference/changed-checkpoint.ts';
import { folderFiles, referenceData } from '../../testing/reference/folder-files.ts';
import { refusal } from '../../testing/reference/weights.ts';
import { refuseUnbindable } from './binding-limit.ts';
import { partsToLoad, weightCounts } from './found-part.ts';
import { layoutCheckpoint } from './checkpoint.ts';
import { findParts } from './find-parts.ts';

const checkpoint = layoutCheckpoint(await folderFiles(join(referenceData, 'sd15')));
const { found } = await findParts(checkpoint, own);
const parts = partsToLoad(found, false);
const largest = Math.max(...parts.flatMap((part) => [...weightCounts(part).values()]));

describe('an adapter that binds little at once', () => {
  it('takes a model whose table of token embeddings would not fit, because that stays on the host', () => {
    const { vocab_size: rows, hidden_size: width } = found.textEncoder.config;
    const inEncoder = weightCounts(found.textEncoder);
    const limit = 4 * Math.max(...inEncoder.values());
    expect(4 * rows * width).toBeGreaterThan(limit);
    expect(() => {
      refuseUnbindable([found.textEncoder], 'F32', { shaderF16: false, maxBufferSize: limit });
    }).not.toThrow();
  });

  it('refuses a model with another tensor that does not fit, by name and with what to do', () => {
    const limit = 4 * largest - 1;
    const error = refusal(() => {
      refuseUnbindable(parts, 'F32', { shaderF16: false, maxBufferSize: limit });
    });
    expect(error.code).toBe('tensor-too-large');
    expect(error.message).toMatch(/unet: \S+\.weight takes .* at once\. Choose a smaller model/);
    expect(
      refusal(() => {
        refuseUnbindable(parts, 'F32', { shaderF16: true, maxBufferSize: limit });
      }).message,
    ).toContain('16-bit');
  });

  it('takes in 16-bit what would be too large in 32-bit', () => {
    expect(() => {
      refuseUnbindable(parts, 'F16', { shaderF16: true, maxBufferSize: 4 * largest - 1 });
    }).not.toThrow();
  });

  it('is no matter for the processor', () => {
    expect(() => {
      refuseUnbindable(parts, 'F32', null);
    }).not.toThrow();
  });
});
