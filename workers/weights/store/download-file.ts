import type { ByteSource } from '../../checkpoint/bytes/byte-source.ts';
import { PinwordError } from '../../errors.ts';
import { BlockWriter } from './block-writer.ts';
import { convertBlocks, sourcePosition } from '../convert/convert-blocks.ts';
import { dataName, type StoredFile, storedFileSchema } from './stored-file.ts';
import { openStreamHash, refuseWrongBytes, sha256OfText, type StreamHash } from '../sources/hashes.ts';
import type { MaterializePlan } from '../convert/materialize-plan.ts';
import { readDurableJson, removeDurableJson, writeDurableJson } from './durable-json.ts';
import { remoteFacts } from '../sources/remote-facts.ts';
import type { StorageFile, StorageFolder } from './storage-file.ts';

/** One file to be brought into storage. */
export interface DownloadJob {
  readonly folder: StorageFolder;
  readonly id: string;
  readonly source: ByteSource;
  readonly plan: MaterializePlan;
  /** The record of a download that has not begun. */
  readonly fresh: StoredFile;
  readonly signal?: AbortSignal | undefined;
  /** Source bytes that are there and in all. */
  readonly onProgress?: ((bytes: number, totalBytes: number) => void) | undefined;
}

/**
 * Brings a file into storage, going on after what an interrupted call left. Data first, record second: whatever
 * happens, the record never claims a byte that is not on disk.
 * @throws PinwordError 'hash-mismatch' | 'nan-weight' (nothing is kept then) | 'storage-quota' | 'storage-busy' |
 *   'cancelled' and what the source throws (what is written is kept for the next call)
 */
export async function downloadFile(job: DownloadJob): Promise<StoredFile> {
  const { folder, id } = job;
  const file = await folder.open(dataName(id));
  try {
    return await download(job, file);
  } catch (thrown) {
    if (thrown instanceof PinwordError && (thrown.code === 'hash-mismatch' || thrown.code === 'nan-weight')) {
      file.truncate(0);
      await removeDurableJson(folder, id);
    }
    throw thrown;
  } finally {
    file.close();
  }
}

async function download(job: DownloadJob, file: StorageFile): Promise<StoredFile> {
  const { folder, id, source, plan, fresh, signal } = job;
  const { start, hash } = await startingPoint(job, file);
  // Before the writer cuts the file: a record of the old version must not outlive its bytes.
  await writeDurableJson(folder, id, start);
  const writer = new BlockWriter(file, start.blockBytes, start.written, start.blocks);
  const soFar = (): StoredFile => ({
    ...start,
    written: writer.written,
    blocks: [...writer.hashes],
    sourceHash: hash?.save() ?? null,
    lastUsed: fresh.lastUsed,
  });
  const onSource = countSource(job, start.written, hash);
  const options = {
    from: start.written,
    blockBytes: start.blockBytes,
    onSource,
    ...(signal === undefined ? {} : { signal }),
  };
  for await (const block of convertBlocks(source, plan, options)) {
    if (await writer.append(block)) await writeDurableJson(folder, id, soFar());
  }
  await writer.finish();
  const found = await sha256OfText(writer.hashes.join());
  const stored = { ...soFar(), complete: true, sourceHash: null, digest: found, checked: fresh.lastUsed };
  refuseWrongBytes(source.name, [hash?.digest() ?? null, start.sourceSha256], [found, start.digest]);
  await writeDurableJson(folder, id, stored);
  return stored;
}

async function startingPoint(
  { folder, id, plan, source, fresh }: DownloadJob,
  file: StorageFile,
): Promise<{ start: StoredFile; hash: StreamHash | null }> {
  const hashed = plan.readsAll && fresh.sourceSha256 !== null;
  const left = await readDurableJson(folder, id, storedFileSchema);
  const { partSizes } = remoteFacts(source);
  if (left !== null && left.written > 0 && canGoOn(left, fresh, file.size(), source)) {
    const hash = left.sourceHash === null ? null : await openStreamHash(left.sourceHash, partSizes);
    // A repaired file has no state of the source's hash, but a digest of its blocks to check against.
    if (!hashed || hash !== null || left.digest !== null) return { start: { ...left, complete: false }, hash };
  }
  return { start: fresh, hash: hashed ? await openStreamHash(null, partSizes) : null };
}

/** Whether a download goes on after what is stored. @param size bytes of its data on disk */
function canGoOn(stored: StoredFile, fresh: StoredFile, size: number, source: ByteSource): boolean {
  return stored.written <= size && remoteFacts(source).acceptsRanges && isSameWork(stored, fresh);
}

/** Bytes of the stored file that a download brings where the file is not complete, with those that are damaged or of another version. */
export async function bytesToBring({
  folder,
  id,
  source,
  fresh,
}: Pick<DownloadJob, 'folder' | 'id' | 'source' | 'fresh'>): Promise<number> {
  const stored = await readDurableJson(folder, id, storedFileSchema);
  const size = (await folder.blob(dataName(id)))?.size ?? 0;
  return fresh.size - (stored !== null && canGoOn(stored, fresh, size, source) ? stored.written : 0);
}

/** True where a stored file, complete or not, is of the same version of the source and made in the same way. */
export function isSameWork(stored: StoredFile, fresh: StoredFile): boolean {
  return (
    stored.plan === fresh.plan &&
    stored.content === fresh.content &&
    stored.blockBytes === fresh.blockBytes &&
    stored.sourceSize === fresh.sourceSize &&
    isSameVersion(stored, fresh)
  );
}

function isSameVersion(stored: StoredFile, fresh: StoredFile): boolean {
  if (stored.sourceSha256 !== null && fresh.sourceSha256 !== null) return stored.sourceSha256 === fresh.sourceSha256;
  return stored.validator === fresh.validator && (stored.complete || stored.validator !== null);
}

function countSource(
  { plan, onProgress }: DownloadJob,
  written: number,
  hash: StreamHash | null,
): (bytes: Uint8Array) => void {
  const total = plan.runs.reduce((sum, { offset, end }) => sum + end - offset, 0);
  let done = plan.runs.reduce((sum, run) => sum + sourcePosition(run, written) - run.offset, 0);
  return (bytes) => {
    done += bytes.length;
    hash?.update(bytes);
    onProgress?.(done, total);
  };
}
