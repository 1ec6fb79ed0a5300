import { describe, expect, it } from 'vitest';
import { formatsFile, formatsTensors, memorySource } from '../testing/formats-reference.ts';
import { fromFloat32 } from './dtype.ts';
import { writeSafetensorsHeader } from './safetensors.ts';
import { readTextualInversion, writeTextualInversion } from './textual-inversion.ts';

const dimension = 8;
const vectors = (await formatsTensors('textual-inversion/vectors.safetensors')).get('vectors') ?? new Float32Array();

function embedding(name: string, shape: readonly number[], fill = 0.5) {
  const values = new Float32Array(shape.reduce((product, extent) => product * extent, 1)).fill(fill);
  const { header } = writeSafetensorsHeader([{ name, dtype: 'F32', shape }]);
  return memorySource('some/folder/my.word.safetensors', Buffer.concat([header, fromFloat32(values, 'F32')]));
}

describe('readTextualInversion', () => {
  it.each([
    ['learned_embeds.bin', '<cat-toy>', 1],
    ['learned_embeds.safetensors', '<cat-toy>', 2],
    ['a1111.pt', 'toy', 2],
    ['original.pt', 'original', 2],
    ['emb.safetensors', 'emb', 2],
    ['clip-l.safetensors', 'clip-l', 2],
  ])('reads %s', async (file, name, count) => {
    const read = await readTextualInversion(await formatsFile(`textual-inversion/${file}`), dimension);
    expect(read).toEqual({ name: name, count, dimension, vectors: vectors.slice(0, count * dimension) });
  });

  it.each([
    ['made for SDXL', () => formatsFile('textual-inversion/sdxl.safetensors'), /Stable Diffusion XL/],
    ['of another width', () => Promise.resolve(embedding('x', [1, 1024])), /Stable Diffusion 2\.x.*1024.* 8/],
    ['with more vectors than a caption takes', () => Promise.resolve(embedding('x', [76, 8])), /76 vectors/],
    ['without vectors', () => Promise.resolve(embedding('x', [0, 8])), /0 vectors/],
    ['of rank 3', () => Promise.resolve(embedding('x', [1, 1, 8])), /\[1, 1, 8\]/],
    ['that is a projector', () => formatsFile('projector/searle.safetensors'), /6 embeddings or is no embedding/],
    ['that is a checkpoint', () => formatsFile('projector/lincir.pt'), /holds no vectors/],
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
