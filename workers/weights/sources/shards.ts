import * as z from 'zod';
import type { ByteSource } from '../../checkpoint/bytes/byte-source.ts';
import { parseJson } from '../../checkpoint/json/json-file.ts';
import type { TensorFile } from '../../checkpoint/tensor-files/tensor-file.ts';
import type { TensorInfo, TensorTable } from '../../checkpoint/tensors/tensor-table.ts';
import { PinwordError } from '../../errors.ts';
import { hashOfParts } from './hashes.ts';
import { type RemoteFacts, remoteFacts } from './remote-facts.ts';
import { requireFile, type SourceFiles } from './source-files.ts';
import { readWeightFile } from './weight-file.ts';
import { streamOf } from './byte-stream.ts';

/** Shard names come from a stranger's file: they may not lead out of the folder. */
const indexSchema = z.object({ weight_map: z.record(z.string(), z.string().regex(/^[\w.-]+\.(?:safetensors|bin)$/)) });

/** Opens the shards that an index names, as one file. @param start of their paths: "folder/", or "" at the top. @throws PinwordError 'bad-json' | 'file-not-found' | 'bad-safetensors' | 'bad-pickle' */
export async function openShards(
  files: SourceFiles,
  start: string,
  index: ByteSource,
): Promise<{ weights: ByteSource; table: TensorTable }> {
  const found: ByteSource[] = [];
  for (const name of await shardNames(index)) found.push(await requireFile(files, `${start}${name}`));
  const shards: TensorFile[] = [];
  for (const shard of found) shards.push(await readWeightFile(shard));
  const sources = shards.map(({ source }) => source);
  const tables = shards.map(({ table }) => table);
  const ending = found[0]?.name.replace(/^.*\./, '') ?? 'safetensors';
  return { weights: await concatenate(`${start}*.${ending}`, sources), table: mergeTables(sources, tables) };
}

async function shardNames(index: ByteSource): Promise<readonly string[]> {
  const parsed = indexSchema.safeParse(await parseJson(index));
  if (!parsed.success)
    throw new PinwordError('bad-json', `${index.name} is not an index of shards. Download the model again.`);
  return [...new Set(Object.values(parsed.data.weight_map))].sort();
}

function mergeTables(shards: readonly ByteSource[], tables: readonly TensorTable[]): TensorTable {
  const merged = new Map<string, TensorInfo>();
  let start = 0;
  tables.forEach((table, i) => {
    for (const [name, info] of table) {
      if (merged.has(name))
        throw new PinwordError('bad-safetensors', `Two shards hold the tensor "${name}". Download the model again.`);
      merged.set(name, { ...info, offset: start + info.offset });
    }
    start += shards[i]?.size ?? 0;
  });
  return merged;
}

/** Several files end to end as one, of which a host tells what it tells of all of them. */
async function concatenate(name: string, parts: readonly ByteSource[]): Promise<ByteSource & RemoteFacts> {
  const facts = parts.map(remoteFacts);
  const validators = facts.flatMap(({ sha256, validator }) => sha256 ?? validator ?? []);
  const hashes = facts.flatMap(({ sha256 }) => sha256 ?? []);
  const size = parts.reduce((sum, part) => sum + part.size, 0);
  const stream = async function* (offset: number, length: number) {
    let start = 0;
    for (const part of parts) {
      const from = Math.max(0, offset - start);
      const to = Math.min(part.size, offset + length - start);
      if (from < to) yield* streamOf(part, from, to - from);
      start += part.size;
    }
  };
  const read = async (offset: number, length: number) => {
    const bytes = new Uint8Array(length);
    let at = 0;
    for await (const chunk of stream(offset, length)) {
      bytes.set(chunk, at);
      at += chunk.length;
    }
    return bytes;
  };
  return {
    name,
    size,
    read,
    stream,
    validator: validators.length === parts.length ? validators.join() : null,
    sha256: hashes.length === parts.length ? await hashOfParts(hashes) : null,
    acceptsRanges: facts.every(({ acceptsRanges }) => acceptsRanges),
    partSizes: parts.map((part) => part.size),
  };
}
