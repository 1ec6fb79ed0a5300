import { describe, expect, it } from 'vitest';
import { PinwordError } from '../../errors.ts';
import { attackFiles } from '../../testing/files/attack-files.ts';
import { modelFileKind } from './file-kind.ts';
import { readTensorFile } from '../tensor-files/tensor-file.ts';

describe("files of safetensors' own list of attacks", () => {
  it.each(Object.keys(attackFiles))('are refused with a sentence: %s', async (name) => {
    for (const read of [readTensorFile, modelFileKind]) {
      const thrown: unknown = await read(attackFiles[name]?.() ?? missing()).then(
        () => null,
        (reason: unknown) => reason,
      );
      expect(thrown).toBeInstanceOf(PinwordError);
      expect(thrown).toMatchObject({ code: expect.stringMatching(/^(bad-|download-incomplete)/) as string });
    }
  });
});

function missing(): never {
  throw new Error('no such attack');
}
