import type { EngineApi, LoadProgress } from '../../api.ts';
import type { ByteSource } from '../../checkpoint/bytes/byte-source.ts';
import { readSafetensorsTable, writeSafetensorsHeader } from '../../checkpoint/tensor-files/safetensors.ts';
import { PinwordError } from '../../errors.ts';
import { openStreamHash, refuseWrongBytes } from './hashes.ts';
import { openHub } from './hub-source.ts';
import { remoteFacts } from './remote-facts.ts';
import { requireFile } from './source-files.ts';
import { streamOf } from './byte-stream.ts';

type RepositoryFile = Parameters<EngineApi['fetchFile']>[0];

/**
 * Downloads one file of a repository into memory, e.g. a projector, or one tensor of a safetensors file. The hash that its
 * host publishes is of a whole file, so that of a tensor only the header is checked.
 * @throws PinwordError 'file-not-found' | 'http-status' | 'network' | 'not-a-model-file' | 'download-incomplete' |
 *   'hash-mismatch' | 'missing-tensor' | 'bad-safetensors'
 */
export async function fetchRepositoryFile(
  { path, tensor, ...location }: RepositoryFile,
  onProgress: (progress: LoadProgress) => void,
): Promise<Blob> {
  const file = await requireFile(await openHub(location, {}), path);
  if (tensor !== undefined) return readTensor(file, tensor, onProgress);
  return readVerified(file, (bytes) => {
    onProgress({ phase: 'download', file: path, bytes, totalBytes: file.size });
  });
}

/** A whole file in memory, compared with the hash that its host publishes. @throws PinwordError 'hash-mismatch' and what reading throws */
export async function readVerified(file: ByteSource, onProgress: (bytes: number) => void): Promise<Blob> {
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  const { sha256, partSizes } = remoteFacts(file);
  const hash = await openStreamHash(null, partSizes);
  let bytes = 0;
  for await (const piece of streamOf(file, 0, file.size)) {
    pieces.push(piece);
    hash?.update(piece);
    bytes += piece.length;
    onProgress(bytes);
  }
  refuseWrongBytes(file.name, [hash?.digest() ?? null, sha256]);
  return new Blob(pieces);
}

/** The header and this tensor by ranges, as a safetensors file of its own. */
async function readTensor(file: ByteSource, name: string, onProgress: (progress: LoadProgress) => void): Promise<Blob> {
  const info = (await readSafetensorsTable(file)).get(name);
  if (info === undefined) {
    throw new PinwordError('missing-tensor', `${file.name} has no tensor ${name}. Name another repository.`);
  }
  const { dtype, shape, offset, length } = info;
  const bytes = await file.read(offset, length);
  onProgress({ phase: 'download', file: file.name, bytes: length, totalBytes: length });
  return new Blob([writeSafetensorsHeader([{ name, dtype, shape }]).header, bytes]);
}
