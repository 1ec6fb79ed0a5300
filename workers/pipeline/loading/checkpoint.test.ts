import { describe, expect, it } from 'vitest';

import { referenceUpload } from '../../testing/picture-runs.ts';
import { openFolder } from '../../weights/sources/folder-source.ts';
import { singleFileCheckpoint } from './checkpoint.ts';

const nothing = openFolder('shared', []);

describe('a single file as a checkpoint', () => {
  it('predicts what the config says that was given with it', async () => {
    const file = await referenceUpload('formats/single-file', 'conv-projection.safetensors');
    const scheduler = async (config?: File) =>
      (
        await singleFileCheckpoint({ kind: 'single-file', file, ...(config === undefined ? {} : { config }) }, nothing)
      ).json('scheduler/scheduler_config.json');
    expect(await scheduler()).toMatchObject({ prediction_type: 'epsilon' });
    expect(
      await scheduler(new File(['model:\n  params:\n    parameterization: "v"\n'], 'conv-projection.yaml')),
    ).toMatchObject({ prediction_type: 'v_prediction' });
  });
});
