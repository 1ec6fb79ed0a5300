import { describe, expect, it } from 'vitest';

import { toFloat32 } from '../../checkpoint/tensors/dtype.ts';
import { parseClipTextConfig } from '../../graph/config/clip-config.ts';
import { entry, readReferenceJson, readReferenceWeights } from '../../testing/reference/reference-case.ts';
import { removedFile } from '../../testing/files/removed-file.ts';
import { tokenEmbeddings } from './token-embeddings.ts';

async function load(name: 'sd15' | 'half') {
  const config = parseClipTextConfig(await readReferenceJson(name, 'text_encoder/config.json'));
  const weights = await readReferenceWeights(name, 'text_encoder/model.safetensors');
  return { config, weights, file: { path: weights.location, data: new Blob([weights.bytes]) } };
}

describe('token embeddings', () => {
  it.each(['sd15', 'half'] as const)('of %s are the rows of the table, in the order of the ids', async (name) => {
    const component = await load(name);
    const { config, weights } = component;
    const { dtype, offset, length } = entry(weights.table, 'text_model.embeddings.token_embedding.weight');
    const table = toFloat32(weights.bytes.slice(offset, offset + length), dtype === 'F16' ? 'F16' : 'F32');
    const ids = [5, 0, config.vocab_size - 1, 5];
    const rows = ids.flatMap((id) => [...table.subarray(id * config.hidden_size, (id + 1) * config.hidden_size)]);
    expect([...(await tokenEmbeddings(component, Int32Array.from(ids)))]).toEqual(rows);
  });

  it('are refused for a token that the text encoder does not know', async () => {
    const component = await load('sd15');
    await expect(tokenEmbeddings(component, Int32Array.of(1, component.config.vocab_size))).rejects.toMatchObject({
      code: 'unsupported-config',
    });
  });

  it('of a model whose stored file was removed in another tab say so', async () => {
    const component = await load('sd15');
    const file = { ...component.file, data: removedFile() };
    await expect(tokenEmbeddings({ ...component, file }, Int32Array.of(1))).rejects.toMatchObject({
      code: 'stored-files-gone',
    });
  });
});
