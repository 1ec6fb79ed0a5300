import { expect, it } from 'vitest';

import { acceptedEndings, anyFileKind, fileKinds, isCompanion, isWeightFile, weightFileStem } from './file-kinds.ts';

it('weights are told by their ending, in any case', () => {
  expect(['a.safetensors', 'B.CKPT', 'a.b.pt', 'x.bin', 'x.pth'].map(isWeightFile)).not.toContain(false);
  expect(['a.png', 'safetensors', 'a.pt.txt', ''].map(isWeightFile)).not.toContain(true);
  expect(['My.Model.SafeTensors', 'a.png'].map(weightFileStem)).toEqual(['My.Model', 'a.png']);
});

it('a chooser takes what goes along with a kind, and that alone is no weight file', () => {
  expect(acceptedEndings('projector').split(',')).toEqual(expect.arrayContaining(['.pt', '.json']));
  expect([isCompanion('v.YAML', 'checkpoint'), isCompanion('v.yaml', 'lora')]).toEqual([true, false]);
  for (const { companions } of Object.values(fileKinds)) expect(companions.some(isWeightFile)).toBe(false);
});

it('a sentence names every kind', () => {
  expect(anyFileKind()).toBe('checkpoint, LoRA, embedding, projector, IP-Adapter or tiny autoencoder');
});
