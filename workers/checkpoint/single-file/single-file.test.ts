import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { anyTensor, singleFile, unetPrefix } from '../../testing/files/changed-single-file.ts';
import { formatsFile } from '../../testing/reference/formats-reference.ts';
import { ldmUNetModules } from './ldm-unet-names.ts';
import { readSafetensors } from '../tensor-files/safetensors.ts';
import { readSingleFile } from './single-file.ts';
import type { TensorInfo } from '../tensors/tensor-table.ts';

interface Expected {
  readonly tensors: Readonly<Record<string, { readonly shape: readonly number[]; readonly sha256: string }>>;
  readonly config: Readonly<Record<string, unknown>>;
}

const cases = ['conv-projection', 'linear-projection'] as const;
const parts = ['unet', 'vae', 'textEncoder'] as const;

const nothing = { table: new Map<string, TensorInfo>() };

describe("readSingleFile against diffusers' from_single_file", () => {
  it.each(cases.flatMap((name) => parts.map((part) => [name, part] as const)))(
    '%s: %s has the same names, shapes and bytes',
    async (name, part) => {
      const ldm = await formatsFile(`single-file/${name}.safetensors`);
      const expected = JSON.parse(
        await readFile(new URL(`../../reference/data/formats/single-file/${name}.json`, import.meta.url), 'utf8'),
      ) as Record<string, Expected>;
      const { table } = readSingleFile(await readSafetensors(ldm), name)[part] ?? nothing;
      const actual: Record<string, unknown> = {};
      for (const [tensor, { shape, offset, length }] of table) {
        actual[tensor] = {
          shape,
          sha256: createHash('sha256')
            .update(await ldm.read(offset, length))
            .digest('hex'),
        };
      }
      expect(actual).toEqual(expected[part]?.tensors);
    },
  );

  it.each(cases)('%s: derives the configs', async (name) => {
    const ldm = await formatsFile(`single-file/${name}.safetensors`);
    const expected = JSON.parse(
      await readFile(new URL(`../../reference/data/formats/single-file/${name}.json`, import.meta.url), 'utf8'),
    ) as Record<string, Expected>;
    const read = readSingleFile(await readSafetensors(ldm), name);
    for (const part of parts) {
      for (const [key, value] of Object.entries(read[part]?.config ?? {})) {
        if (!key.startsWith('_') && key !== 'architectures' && key !== 'model_type')
          expect([part, key, value]).toEqual([part, key, expected[part]?.config[key]]);
      }
    }
  });
});

describe("SD 1.5's own names and shapes", () => {
  it('become what diffusers converts them to', async () => {
    const names = JSON.parse(
      await readFile(new URL('../../reference/data/formats/single-file/sd15-names.json', import.meta.url), 'utf8'),
    ) as Record<string, [number[], 'unet' | 'vae', string, number[]]>;
    const table = new Map(
      Object.entries(names).map(([name, [shape]]): [string, TensorInfo] => [name, { ...anyTensor, shape }]),
    );
    for (const [name, info] of singleFile.table) if (name.startsWith('cond_stage_model.')) table.set(name, info);
    const read = readSingleFile({ table, metadata: new Map() }, 'sd15');
    const actual = {
      unet: [...read.unet.table].map(([name, { shape }]) => [name, shape]),
      vae: [...(read.vae?.table ?? [])].map(([name, { shape }]) => [name, shape]),
    };
    const expected = (part: string) =>
      Object.values(names)
        .filter((entry) => entry[1] === part)
        .map((entry) => [entry[2], entry[3]]);
    expect(actual.unet).toEqual(expected('unet'));
    expect(actual.vae).toEqual(expected('vae'));
    expect(actual.unet.length).toBe(686);
    expect(read.unet.config).toMatchObject({
      block_out_channels: [320, 640, 1280, 1280],
      layers_per_block: 2,
      cross_attention_dim: 768,
      use_linear_projection: false,
      transformer_layers_per_block: 1,
      down_block_types: ['CrossAttnDownBlock2D', 'CrossAttnDownBlock2D', 'CrossAttnDownBlock2D', 'DownBlock2D'],
      up_block_types: ['UpBlock2D', 'CrossAttnUpBlock2D', 'CrossAttnUpBlock2D', 'CrossAttnUpBlock2D'],
    });
    expect(read.vae?.config).toMatchObject({
      block_out_channels: [128, 256, 512, 512],
      layers_per_block: 2,
      latent_channels: 4,
    });
  });
});

it("SD 1.5's layers have the same two names in both directions", async () => {
  const names = JSON.parse(
    await readFile(new URL('../../reference/data/formats/single-file/sd15-names.json', import.meta.url), 'utf8'),
  ) as Record<string, [number[], 'unet' | 'vae', string, number[]]>;
  const modules = Object.entries(names).flatMap(([name, [, part, diffusers]]) =>
    part === 'unet' && name.endsWith('.weight')
      ? [[diffusers.slice(0, -'.weight'.length), name.slice(unetPrefix.length, -'.weight'.length)] as const]
      : [],
  );
  expect(modules.length).toBeGreaterThan(300);
  expect([...ldmUNetModules(modules.map(([diffusers]) => diffusers))].sort()).toEqual(modules.toSorted());
});
