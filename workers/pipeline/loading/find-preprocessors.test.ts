import { describe, expect, it } from 'vitest';

import { checkpoint, own } from '../../testing/reference/changed-checkpoint.ts';
import { findParts } from './find-parts.ts';
import { findPreprocessors } from './find-preprocessors.ts';

describe('how pictures are made ready', () => {
  const path = 'feature_extractor/preprocessor_config.json';
  const lender = checkpoint({ [path]: JSON.stringify({ size: 99, crop_size: 32 }) });

  it('is what the lender says for its image encoder, and what the checkpoint says for its safety checker', async () => {
    const { found } = await findParts(checkpoint(), { ...own, imageEncoder: lender });
    const { imageEncoder, safetyChecker } = await findPreprocessors(found, checkpoint(), {
      imageEncoder: lender,
      lookImageEncoder: null,
    });
    expect([imageEncoder.size, safetyChecker.size]).toEqual([{ shortest_edge: 99 }, { shortest_edge: 32 }]);
  });

  it('is CLIP’s way at the size that the network reads where no file says it', async () => {
    const silent = checkpoint({ [path]: null });
    const { imageEncoder } = await findPreprocessors((await findParts(silent, own)).found, silent, {
      imageEncoder: null,
      lookImageEncoder: null,
    });
    expect(imageEncoder).toMatchObject({ size: { shortest_edge: 32 }, crop_size: { height: 32, width: 32 } });
  });
});
