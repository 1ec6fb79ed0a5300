import { elementBytes, requireFloatDtype, toFloat32 } from '../../checkpoint/tensors/dtype.ts';
import { PinwordError } from '../../errors.ts';
import type { ClipTextConfig } from '../../graph/config/clip-config.ts';
import { tokenEmbeddingName } from '../../graph/modules/clip-text-model.ts';
import { weightBytes } from '../../runtime/weight-files.ts';
import type { LoadedPart } from './loaded-part.ts';

/**
 * Token embeddings w of a sequence, read row by row from where the weights lie: the table of 49,408 rows never enters
 * memory, and in f32 it would not fit into the buffers that some adapters bind.
 * @param ids [N · S]
 * @returns [N · S, D] f32
 * @throws PinwordError 'unsupported-config' where the tokenizer names a row that the table does not have;
 *   'stored-files-gone'
 */
export async function tokenEmbeddings(
  { config, weights, file }: LoadedPart<ClipTextConfig>,
  ids: Int32Array,
): Promise<Float32Array> {
  const { vocab_size: rows, hidden_size: width } = config;
  const name = tokenEmbeddingName(weights.table);
  const table = weights.table.get(name);
  if (table === undefined) throw new PinwordError('missing-tensor', `The weights lack the tensor ${name}.`);
  const dtype = requireFloatDtype(table.dtype, name);
  const bytes = width * elementBytes(dtype);
  const read = async (id: number): Promise<readonly [number, Float32Array]> => {
    if (id < 0 || id >= rows) {
      throw new PinwordError(
        'unsupported-config',
        `The tokenizer gives the token ${id}, but the text encoder knows only ${rows}. The tokenizer and the weights do not belong together.`,
      );
    }
    const start = table.offset + id * bytes;
    return [id, toFloat32(await weightBytes(file, start, start + bytes), dtype)];
  };
  const found = new Map(await Promise.all([...new Set(ids)].map(read)));
  const values = new Float32Array(ids.length * width);
  for (const [index, id] of ids.entries()) values.set(found.get(id) ?? [], index * width);
  return values;
}
