import { readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';

import { writeSafetensorsHeader } from '../../checkpoint/tensor-files/safetensors.ts';
import { referenceUpload } from '../../testing/runs/picture-runs.ts';
import { readReferenceFile } from '../../testing/reference/reference-file.ts';
import { openFolder } from '../../weights/sources/folder-source.ts';
import { layoutCheckpoint, type Checkpoint } from './checkpoint.ts';
import { findParts, type PartChoices } from './find-parts.ts';
import { findPreprocessors } from './find-preprocessors.ts';
import { referenceData } from '../../testing/reference/folder-files.ts';
import { evilPickle, torchFileOf } from '../../testing/files/torch-writer.ts';

const root = join(referenceData, 'sd15');
const paths = (await readdir(root, { recursive: true, withFileTypes: true }))
  .filter((entry) => entry.isFile() && !entry.parentPath.endsWith('reference'))
  .map((entry) => relative(root, join(entry.parentPath, entry.name)).replaceAll('\\', '/'));
const files = new Map(
  await Promise.all(paths.map(async (path) => [path, await readReferenceFile(`sd15/${path}`)] as const)),
);

type Changes = Readonly<Record<string, Uint8Array<ArrayBuffer> | string | null>>;

/** The tiny checkpoint with files added, replaced or, where null, removed. */
function checkpoint(changes: Changes = {}): Checkpoint {
  const all = [...new Map<string, Uint8Array<ArrayBuffer> | string | null>([...files, ...Object.entries(changes)])];
  return layoutCheckpoint(
    openFolder(
      'someone/model',
      all.flatMap(([path, content]) => (content === null ? [] : [{ path, file: new Blob([content]) }])),
    ),
  );
}

const json = (path: string): object => JSON.parse(new TextDecoder().decode(files.get(path))) as object;
const own: PartChoices = { imageEncoder: null, vae: null, look: null, tiny: null, projector: null };
const asPickle = (folder: string): Changes => ({
  [`${folder}/model.safetensors`]: null,
  [`${folder}/pytorch_model.bin`]: evilPickle,
});

describe("weights in torch's own format", () => {
  const modules = [
    ['unet', 'diffusion_pytorch_model'],
    ['vae', 'diffusion_pytorch_model'],
    ['text_encoder', 'pytorch_model'],
    ['safety_checker', 'pytorch_model'],
  ] as const;
  const safetensorsName = (folder: string) =>
    `${folder}/${folder === 'unet' || folder === 'vae' ? 'diffusion_pytorch_model' : 'model'}.safetensors`;
  const bytesOf = (folder: string) => files.get(safetensorsName(folder)) ?? new Uint8Array();

  it('are the same weights', async () => {
    const changes: Record<string, Uint8Array<ArrayBuffer> | null> = {};
    for (const [folder, name] of modules) {
      changes[safetensorsName(folder)] = null;
      changes[`${folder}/${name}.bin`] = await torchFileOf(bytesOf(folder));
    }
    const { found, notices } = await findParts(checkpoint(changes), own);
    const { found: same } = await findParts(checkpoint(), own);
    expect(notices).toEqual([]);
    for (const part of ['unet', 'vaeDecoder', 'textEncoder', 'safetyChecker'] as const) {
      const [torch, plain] = [found[part], same[part]];
      expect([...(torch?.usedTensors ?? [])]).toEqual([...(plain?.usedTensors ?? [])]);
      for (const name of plain?.usedTensors ?? []) {
        const [a, b] = [torch?.files.table.get(name), plain?.files.table.get(name)];
        const bytes = await torch?.files.weights.read(a?.offset ?? 0, a?.length ?? 0);
        const wanted = await plain?.files.weights.read(b?.offset ?? 0, b?.length ?? 0);
        expect([name, Buffer.from(bytes ?? []).equals(Buffer.from(wanted ?? []))]).toEqual([name, true]);
      }
    }
  });

  it('are taken in float16 before float32, and only where there is no safetensors file', async () => {
    const torch = await torchFileOf(bytesOf('vae'));
    const both = { 'vae/diffusion_pytorch_model.bin': torch, 'vae/diffusion_pytorch_model.fp16.bin': torch };
    const chosen = async (changes: Changes) =>
      (await findParts(checkpoint(changes), own)).found.vaeDecoder.files.weights.name;
    expect(await chosen(both)).toBe('vae/diffusion_pytorch_model.safetensors');
    expect(await chosen({ ...both, 'vae/diffusion_pytorch_model.safetensors': null })).toBe(
      'vae/diffusion_pytorch_model.fp16.bin',
    );
  });

  it('may be shards', async () => {
    const index = JSON.stringify({ weight_map: { a: 'one.bin' } });
    const { found } = await findParts(
      checkpoint({
        'vae/diffusion_pytorch_model.safetensors': null,
        'vae/diffusion_pytorch_model.bin.index.json': index,
        'vae/one.bin': await torchFileOf(bytesOf('vae')),
      }),
      own,
    );
    expect(found.vaeDecoder.files.weights.name).toBe('vae/*.bin');
  });
});

describe('the VAE of another repository', () => {
  const without = { 'vae/config.json': null, 'vae/diffusion_pytorch_model.safetensors': null };
  const alone = (start: string) =>
    layoutCheckpoint(
      openFolder(
        'someone/vae',
        ['config.json', 'diffusion_pytorch_model.safetensors'].map((name) => ({
          path: start + name,
          file: new Blob([files.get(`vae/${name}`) ?? '']),
        })),
      ),
    );

  it.each(['', 'vae/'])('is taken from %j of it, both halves', async (start) => {
    const { found } = await findParts(checkpoint(without), { ...own, vae: alone(start) });
    expect([found.vaeDecoder.origin?.name, found.vaeEncoder?.origin?.name]).toEqual(['someone/vae', 'someone/vae']);
  });

  it('is taken in place of the own one', async () => {
    const { found } = await findParts(checkpoint(), { ...own, vae: alone('') });
    expect([found.vaeDecoder.origin?.name, found.unet.origin?.name]).toEqual(['someone/vae', 'someone/model']);
  });

  it('is refused where it has none, naming the places', async () => {
    const lender = layoutCheckpoint(openFolder('someone/else', []));
    await expect(findParts(checkpoint(), { ...own, vae: lender })).rejects.toMatchObject({
      code: 'file-not-found',
      message: expect.stringMatching(/someone\/else has no VAE: neither vae\/config\.json nor config\.json/) as string,
    });
  });
});

describe('a module that a model does without', () => {
  it.each([
    ['the safety checker is a pickle', asPickle('safety_checker'), ['no-safety-checker'], [false, 'image_encoder']],
    [
      'the safety checker has no weights',
      { 'safety_checker/model.safetensors': null },
      ['no-safety-checker'],
      [false, 'image_encoder'],
    ],
    ['the image encoder is a pickle', asPickle('image_encoder'), ['no-image-encoder'], [true, 'safety_checker']],
    [
      'both are',
      { ...asPickle('image_encoder'), ...asPickle('safety_checker') },
      ['no-image-encoder', 'no-safety-checker'],
      [false, undefined],
    ],
    [
      'neither is there',
      { 'safety_checker/config.json': null, 'image_encoder/config.json': null },
      [],
      [false, undefined],
    ],
    ['both are whole', {}, [], [true, 'image_encoder']],
  ])('is left out with a notice: %s', async (_, changes, codes, parts) => {
    const { found, notices } = await findParts(checkpoint(changes), own);
    expect(notices.map(({ code }) => code)).toEqual(codes);
    expect([found.safetyChecker !== null, found.imageEncoder?.files.folder]).toEqual(parts);
  });

  it('is named by the notice, with what to do', async () => {
    const { notices } = await findParts(checkpoint(asPickle('safety_checker')), own);
    expect(notices[0]?.message).toMatch(
      /without its safety checker.*safety_checker\/pytorch_model\.bin.*posix\.system.*never run.*safetensors/,
    );
  });

  it('refuses the model where it is damaged: that is not the same as left out', async () => {
    const damaged = findParts(
      checkpoint({ 'safety_checker/model.safetensors': 'only some text, no weights at all' }),
      own,
    );
    await expect(damaged).rejects.toMatchObject({ code: 'bad-safetensors' });
  });

  it.each(['unet', 'vae', 'text_encoder'])('is not the %s', async (folder) => {
    const changes = {
      [`${folder}/model.safetensors`]: null,
      [`${folder}/diffusion_pytorch_model.safetensors`]: null,
      [`${folder}/diffusion_pytorch_model.bin`]: evilPickle,
    };
    await expect(findParts(checkpoint(changes), own)).rejects.toMatchObject({ code: 'bad-pickle' });
  });
});

describe('a folder or repository of another family', () => {
  it.each([
    [
      'an InstructPix2Pix checkpoint',
      { 'unet/config.json': JSON.stringify({ ...json('unet/config.json'), in_channels: 8 }) },
    ],
    [
      'Stable Diffusion 2.x',
      { 'unet/config.json': JSON.stringify({ ...json('unet/config.json'), cross_attention_dim: 1024 }) },
    ],
    [
      'Stable Diffusion 3',
      { 'model_index.json': '{"_class_name":"StableDiffusion3Pipeline"}', 'unet/config.json': null },
    ],
  ])('is refused as %s before its modules are looked at', async (what, changes) => {
    await expect(findParts(checkpoint(changes), own)).rejects.toMatchObject({
      code: 'unsupported-config',
      message: expect.stringContaining(`"someone/model" is ${what}`) as string,
    });
  });
});

/** Weights of a projector of our own format, by widths. */
function projectorFile(...widths: readonly number[]): File {
  const specs = widths
    .slice(1)
    .flatMap((outputs, i) => [
      { name: `layers.${i}.weight`, dtype: 'F32', shape: [outputs, widths[i] ?? 0] } as const,
      { name: `layers.${i}.bias`, dtype: 'F32', shape: [outputs] } as const,
    ]);
  const { header, size } = writeSafetensorsHeader(specs);
  const bytes = new Uint8Array(size);
  bytes.set(header);
  return new File([bytes], 'mine.safetensors');
}

describe('a projector that does not belong to the model', () => {
  const choose = (file: File, config: object | null = null): PartChoices => ({
    imageEncoder: null,
    vae: null,
    look: null,
    tiny: null,
    projector: { file, config: config === null ? null : new File([JSON.stringify(config)], 'config.json') },
  });

  it('is taken where its widths are those of image encoder and text encoder', async () => {
    expect(
      (await findParts(checkpoint(), choose(projectorFile(40, 64, 32)))).found.projector?.config.map(
        ({ inputDim, outputDim }) => [inputDim, outputDim],
      ),
    ).toEqual([
      [40, 64],
      [64, 32],
    ]);
  });

  it.each([
    [
      'writes other words',
      projectorFile(40, 64, 48),
      /"mine\.safetensors".*words of 48 numbers.*reads words of 32.*Choose a projector/,
    ],
    [
      'reads other embeddings',
      projectorFile(48, 64, 32),
      /"mine\.safetensors".*embeddings of 48 numbers.*gives 40.*Choose a projector/,
    ],
  ])('is left out with a notice before anything is loaded where it %s', async (_, file, message) => {
    const { found, notices } = await findParts(checkpoint(), choose(file));
    expect(found.projector).toBeNull();
    expect(notices).toEqual([{ code: 'no-projector', message: expect.stringMatching(message) as string }]);
  });

  it('is left out where it writes other words though there is no image encoder yet', async () => {
    const withoutEncoder = checkpoint({ 'safety_checker/config.json': null, 'image_encoder/config.json': null });
    expect((await findParts(withoutEncoder, choose(projectorFile(40, 64, 48)))).found.projector).toBeNull();
    expect((await findParts(withoutEncoder, choose(projectorFile(48, 64, 32)))).found.projector).not.toBeNull();
  });

  it.each([
    [
      'another width between the layers',
      { hidden_dims: [48] },
      'tensor-shape',
      /layers\.0\.weight.*\[64, 40\].*\[48, 40\]/,
    ],
    ['a layer more', { hidden_dims: [64, 64] }, 'tensor-shape', /layers\.1\.weight.*\[32, 64\].*\[64, 64\]/],
    ['a layer less', { hidden_dims: [] }, 'tensor-shape', /layers\.0\.weight/],
  ])('is refused where its config says %s than its weights have', async (_, change, code, message) => {
    const config = { input_dim: 40, output_dim: 32, activation: 'gelu', ...change };
    await expect(findParts(checkpoint(), choose(projectorFile(40, 64, 32), config))).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message) as string,
    });
  });

  it('is the checkpoint’s own, too', async () => {
    const changes = { 'projector/config.json': JSON.stringify({ ...json('projector/config.json'), input_dim: 41 }) };
    await expect(findParts(checkpoint(changes), own)).rejects.toMatchObject({ code: 'tensor-shape' });
  });

  it('may be a published one of the wrong width', async () => {
    const file = await referenceUpload('formats/projector', 'lincir.pt');
    expect((await findParts(checkpoint(), choose(file))).notices[0]?.message).toContain('words of 9 numbers');
  });
});

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
