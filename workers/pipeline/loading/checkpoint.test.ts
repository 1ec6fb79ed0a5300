import { describe, expect, it } from 'vitest';

import { referenceUpload } from '../../testing/runs/picture-runs.ts';
import { torchFileOf } from '../../testing/files/torch-writer.ts';
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

  it("is the same in torch's own format, with what training left beside the weights", async () => {
    const file = await referenceUpload('formats/single-file', 'conv-projection.safetensors');
    const torch = await torchFileOf(new Uint8Array(await file.arrayBuffer()), 'state_dict');
    const ckpt = new File([torch], 'conv-projection.ckpt');
    const [a, b] = [
      await singleFileCheckpoint({ kind: 'single-file', file }, nothing),
      await singleFileCheckpoint({ kind: 'single-file', file: ckpt }, nothing),
    ];
    expect(b.name).toBe('conv-projection');
    for (const folder of ['unet', 'vae', 'text_encoder'] as const) {
      const [plain, other] = [await a.component(folder), await b.component(folder)];
      expect([...(other?.table.keys() ?? [])]).toEqual([...(plain?.table.keys() ?? [])]);
      for (const [name, { offset, length, shape }] of plain?.table ?? []) {
        const info = other?.table.get(name);
        expect(info?.shape).toEqual(shape);
        const bytes = await other?.weights.read(info?.offset ?? 0, info?.length ?? 0);
        const wanted = await plain?.weights.read(offset, length);
        expect([name, Buffer.from(bytes ?? []).equals(Buffer.from(wanted ?? []))]).toEqual([name, true]);
      }
    }
  });

  it('may lack a VAE, and says where to take one from', async () => {
    const file = await referenceUpload('formats/single-file', 'conv-projection.safetensors');
    const bytes = Buffer.from(await file.arrayBuffer());
    const header = bytes.subarray(8, 8 + Number(bytes.readBigUInt64LE()));
    header.write(header.toString('latin1').replaceAll('first_stage_model.', 'other_stage_model.'), 'latin1');
    const cut = new File([bytes], 'cut.safetensors');
    const checkpoint = await singleFileCheckpoint({ kind: 'single-file', file: cut }, nothing);
    expect(await checkpoint.component('vae')).toBeNull();
    expect(checkpoint.whyMissing('vae/config.json')).toMatchObject({
      code: 'missing-tensor',
      message: expect.stringMatching(/"cut\.safetensors" holds no VAE.*sd-vae-ft-mse/) as string,
    });
  });

  it('refuses a config that is far too large before it is read', async () => {
    const file = await referenceUpload('formats/single-file', 'conv-projection.safetensors');
    const config = new File([new Uint8Array(2_000_000)], 'conv-projection.yaml');
    await expect(singleFileCheckpoint({ kind: 'single-file', file, config }, nothing)).rejects.toMatchObject({
      code: 'unsupported-config',
      message: expect.stringContaining('"conv-projection.yaml" is too large') as string,
    });
  });
});
