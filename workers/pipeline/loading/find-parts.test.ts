import { describe, expect, it } from 'vitest';

import { evilPickle, torchFileOf } from '../../testing/files/torch-writer.ts';
import { checkpoint, files, json, own, type Changes } from '../../testing/reference/changed-checkpoint.ts';
import { openFolder } from '../../weights/sources/folder-source.ts';
import { layoutCheckpoint } from './checkpoint.ts';
import { findParts } from './find-parts.ts';

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

it('asks for all folders before the first answers, and of parts in one file for the first alone', async () => {
  const folders = ['image_encoder', 'projector', 'safety_checker', 'text_encoder', 'unet', 'vae'];
  const asked: string[] = [];
  const plain = checkpoint();
  let answer = (): void => undefined;
  const answered = new Promise<void>((resolve) => {
    answer = resolve;
  });
  const finding = findParts(
    {
      ...plain,
      component: async (folder, path) => {
        asked.push(folder);
        if (asked.length === folders.length) answer();
        await answered;
        return plain.component(folder, path);
      },
    },
    own,
  );
  await answered;
  expect(asked.toSorted()).toEqual(folders);
  await finding;
  expect(asked.slice(folders.length)).toEqual(['vae']);
});
