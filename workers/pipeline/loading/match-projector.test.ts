import { describe, expect, it } from 'vitest';

import { writeSafetensorsHeader } from '../../checkpoint/tensor-files/safetensors.ts';
import { checkpoint, json, own } from '../../testing/reference/changed-checkpoint.ts';
import { referenceUpload } from '../../testing/runs/picture-runs.ts';
import { findParts, type PartChoices } from './find-parts.ts';

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
    ...own,
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
