import { join } from 'node:path';

import { expect, it } from 'vitest';

import { folderFiles, referenceData } from '../../testing/reference/folder-files.ts';
import { layoutCheckpoint } from './checkpoint.ts';
import { findParts } from './find-parts.ts';
import { findPreprocessors } from './find-preprocessors.ts';

const checkpoint = layoutCheckpoint(await folderFiles(join(referenceData, 'sd15')));
const { found } = await findParts(checkpoint, {
  imageEncoder: null,
  vae: null,
  look: null,
  tiny: null,
  projector: null,
});
const edge = found.imageEncoder?.config.image_size ?? 0;

it.each([
  [{ crop_size: 2 * edge }, `pictures of ${2 * edge} × ${2 * edge} pixels`],
  [{ do_center_crop: false, size: { height: edge, width: edge + 1 } }, `pictures of ${edge + 1} × ${edge} pixels`],
  [{ do_center_crop: false, size: { shortest_edge: edge } }, 'pictures of whatever size they have'],
  [{ do_center_crop: false, do_resize: false }, 'pictures of whatever size they have'],
])(
  'a preprocessor that makes another size than the vision network reads is refused, naming both: %o',
  async (json, made) => {
    const files = { ...checkpoint, json: () => Promise.resolve(json) };
    await expect(findPreprocessors(found, files, { imageEncoder: null, lookImageEncoder: null })).rejects.toMatchObject(
      {
        code: 'unsupported-config',
        message: `This checkpoint cannot be used: by feature_extractor/preprocessor_config.json it prepares ${made}, but its vision network reads ${edge} × ${edge}. Correct the sizes in that file.`,
      },
    );
  },
);

it('a preprocessor that makes the size without cropping is taken', async () => {
  const files = {
    ...checkpoint,
    json: () => Promise.resolve({ do_center_crop: false, size: { height: edge, width: edge } }),
  };
  expect(
    (await findPreprocessors(found, files, { imageEncoder: null, lookImageEncoder: null })).imageEncoder.do_center_crop,
  ).toBe(false);
});
