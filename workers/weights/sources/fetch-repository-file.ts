import type { EngineApi, LoadProgress } from '../../api.ts';
import type { ByteSource } from '../../checkpoint/byte-source.ts';
import { openStreamHash, refuseWrongBytes } from './hashes.ts';
import { openHub } from './hub-source.ts';
import { remoteFacts } from './remote-facts.ts';
import { requireFile } from './source-files.ts';
import { streamOf } from './byte-stream.ts';

type RepositoryFile = Parameters<EngineApi['fetchFile']>[0];

/**
 * Downloads one file of a repository into memory, e.g. a projector.
 * @throws PinwordError 'file-not-found' | 'http-status' | 'network' | 'not-a-model-file' | 'download-incomplete' |
 *   'hash-mismatch'
 */
export async function fetchRepositoryFile(
  { path, ...location }: RepositoryFile,
  onProgress: (progress: LoadProgress) => void,
): Promise<Blob> {
  const file = await requireFile(await openHub(location, {}), path);
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
