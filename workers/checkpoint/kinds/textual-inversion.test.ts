import { describe, expect, it } from 'vitest';
import { torchFileOf } from '../../testing/files/torch-writer.ts';
import { formatsFile, formatsTensors, memorySource } from '../../testing/reference/formats-reference.ts';
import { fromFloat32 } from '../tensors/dtype.ts';
import { writeSafetensorsHeader } from '../tensor-files/safetensors.ts';
import { readTextualInversion, writeTextualInversion } from './textual-inversion.ts';

const dimension = 8;
const vectors = (await formatsTensors('textual-inversion/vectors.safetensors')).get('vectors') ?? new Float32Array();

function embedding(name: string, shape: readonly number[], fill = 0.5) {
  const values = new Float32Array(shape.reduce((product, extent) => product * extent, 1)).fill(fill);
  const { header } = writeSafetensorsHeader([{ name, dtype: 'F32', shape }]);
  return memorySource('some/folder/my.word.safetensors', Buffer.concat([header, fromFloat32(values, 'F32')]));
}

function twoEmbeddings() {
  const { header } = writeSafetensorsHeader(['<cat>', '<dog>'].map((name) => ({ name, dtype: 'F32', shape: [1, 8] })));
  return memorySource('pets.safetensors', Buffer.concat([header, new Uint8Array(64)]));
}

describe('readTextualInversion', () => {
  it.each([
    ['learned_embeds.bin', '<cat-toy>', 1],
    ['learned_embeds.safetensors', '<cat-toy>', 2],
    ['a1111.pt', 'toy', 2],
    ['spaced-name.pt', 'toy', 2],
    ['blank-name.pt', 'blank-name', 2],
    ['original.pt', 'original', 2],
    ['alone.pt', 'alone', 2],
    ['emb.safetensors', 'emb', 2],
    ['clip-l.safetensors', 'clip-l', 2],
  ])('reads %s', async (file, name, count) => {
    const read = await readTextualInversion(await formatsFile(`textual-inversion/${file}`), dimension);
    expect(read).toEqual({ name: name, count, dimension, vectors: vectors.slice(0, count * dimension) });
  });

  it('takes as many vectors as a caption has room for, of any width where none is wanted', async () => {
    const most = await readTextualInversion(embedding('x', [75, 8]), dimension);
    expect(most).toMatchObject({ name: 'x', count: 75, dimension: 8 });
    expect(await readTextualInversion(embedding('x', [1, 4096]), null)).toMatchObject({ count: 1, dimension: 4096 });
    expect(await readTextualInversion(embedding('x', [1, 1]), null)).toMatchObject({ count: 1, dimension: 1 });
    await expect(readTextualInversion(embedding('x', [1, 4097]), null)).rejects.toThrow('vectors of 4097 numbers');
    await expect(readTextualInversion(embedding('x', [2, 0]), null)).rejects.toThrow('vectors of 0 numbers');
    await expect(readTextualInversion(embedding('x', []), null)).rejects.toThrow('vectors of 0 numbers');
  });

  it('takes a tensor of one dimension for one vector', async () => {
    expect(await readTextualInversion(embedding('x', [8]), dimension)).toMatchObject({ count: 1, dimension: 8 });
  });

  it('is named by its file where its tensor has no name of its own, in any folder', async () => {
    const { header } = writeSafetensorsHeader([{ name: 'emb_params', dtype: 'F32', shape: [1, 8] }]);
    const bytes = Buffer.concat([header, new Uint8Array(32)]);
    for (const path of ['some/folder/my.word.pt', 'C:\\words\\my.word.safetensors'])
      expect(await readTextualInversion(memorySource(path, bytes), dimension)).toMatchObject({ name: 'my.word' });
  });

  it.each([
    ['emb_params', 'my.word'],
    ['clip_l', 'my.word'],
    ['<dog>', '<dog>'],
  ])('reads %s of a torch file, which is named %s', async (key, name) => {
    const whole = embedding(key, [1, 8]);
    const torch = await torchFileOf(await whole.read(0, whole.size));
    expect(await readTextualInversion(memorySource('my.word.pt', torch), dimension)).toMatchObject({ name, count: 1 });
  });

  it('refuses what a torch file has of SDXL', async () => {
    const whole = embedding('clip_g', [1, 8]);
    const torch = await torchFileOf(await whole.read(0, whole.size));
    await expect(readTextualInversion(memorySource('x.pt', torch), dimension)).rejects.toThrow('Stable Diffusion XL');
  });

  it('refuses whole numbers', async () => {
    const { header } = writeSafetensorsHeader([{ name: 'x', dtype: 'I32', shape: [1, 8] }]);
    const source = memorySource('x.safetensors', Buffer.concat([header, new Uint8Array(32)]));
    await expect(readTextualInversion(source, dimension)).rejects.toThrow(/a tensor I32 \[1, 8\] where vectors/u);
  });

  it.each([
    ['made for SDXL', () => formatsFile('textual-inversion/sdxl.safetensors'), /Stable Diffusion XL/],
    ['made for SDXL by its width', () => Promise.resolve(embedding('x', [1, 1280])), /Stable Diffusion XL.*1280/],
    ['made for Stable Diffusion 1.x', () => Promise.resolve(embedding('x', [1, 768])), /Stable Diffusion 1\.x.*768/],
    ['of a width that no encoder has', () => Promise.resolve(embedding('x', [1, 9])), /another text encoder/],
    ['of another width', () => Promise.resolve(embedding('x', [1, 1024])), /Stable Diffusion 2\.x.*1024.* 8/],
    ['with more vectors than a caption takes', () => Promise.resolve(embedding('x', [76, 8])), /76 vectors/],
    ['without vectors', () => Promise.resolve(embedding('x', [0, 8])), /0 vectors/],
    ['of rank 3', () => Promise.resolve(embedding('x', [1, 1, 8])), /\[1, 1, 8\]/],
    ['that is a projector', () => formatsFile('projector/searle.safetensors'), /6 embeddings or is no embedding/],
    ['that is a checkpoint', () => formatsFile('projector/lincir.pt'), /holds no vectors/],
    ['that is a list', () => formatsFile('textual-inversion/list.pt'), /holds no vectors/],
    ['of two embeddings', () => Promise.resolve(twoEmbeddings()), /holds 2 embeddings/],
  ])('refuses a file %s', async (_, open, message) => {
    await expect(readTextualInversion(await open(), dimension)).rejects.toMatchObject({
      code: 'bad-embedding',
      message: expect.stringMatching(message) as string,
    });
  });

  it('refuses NaN', async () => {
    await expect(readTextualInversion(embedding('x', [1, 8], Number.NaN), dimension)).rejects.toMatchObject({
      code: 'nan-weight',
    });
  });
});

describe('writeTextualInversion', () => {
  it('reads back', async () => {
    const written = writeTextualInversion('<my-dog>', vectors, dimension);
    expect(await readTextualInversion(memorySource('dog.safetensors', written), dimension)).toEqual({
      name: '<my-dog>',
      count: 2,
      dimension,
      vectors,
    });
  });

  it("is the file that diffusers' load_textual_inversion took (formats_reference.py, section exported)", async () => {
    const exported = await formatsFile('textual-inversion/exported.safetensors');
    expect(
      Buffer.from(writeTextualInversion('<my-dog>', vectors, dimension)).equals(await exported.read(0, exported.size)),
    ).toBe(true);
  });
});
