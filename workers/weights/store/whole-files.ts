import type { ByteSource } from '../../checkpoint/bytes/byte-source.ts';
import type { TensorInfo } from '../../checkpoint/tensors/tensor-table.ts';
import { defaultBlockBytes, wholeFile } from '../convert/convert-blocks.ts';
import type { MaterializePlan } from '../convert/materialize-plan.ts';
import { sha256OfText } from '../sources/hashes.ts';
import { bringFile } from './bring-file.ts';
import { readDurableJson, writeDurableJson } from './durable-json.ts';
import { cutAtDamage, isBlockGood } from './stored-blocks.ts';
import { dataName, freshRecord, storedFileLock, storedFileSchema, type StoredOwner } from './stored-file.ts';
import type { StorageFolder } from './storage-file.ts';
import type { StoragePlatform } from './storage-platform.ts';
import { unlessFull } from './storage-room.ts';

interface DownloadOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (bytes: number, totalBytes: number) => void;
}

/** Files that are kept as they are, byte by byte: resumed, verified, listed and removed as weights are. */
export class WholeFiles {
  readonly #folder: StorageFolder;
  readonly #platform: StoragePlatform;
  readonly #blockBytes: number;

  constructor(folder: StorageFolder, platform: StoragePlatform, blockBytes = defaultBlockBytes) {
    this.#folder = folder;
    this.#platform = platform;
    this.#blockBytes = blockBytes;
  }

  /** @param identity whose files never change, see SourceFiles.identity. @returns null where it is not all there, or damaged */
  async find(identity: string, path: string): Promise<Blob | null> {
    const id = await idOf(identity, path);
    return this.#platform.withLock(storedFileLock(id), undefined, () => this.#complete(id));
  }

  /**
   * Brings a file into storage; an earlier call that was interrupted is gone on with.
   * @throws PinwordError 'storage-quota' | 'storage-busy' | 'hash-mismatch' | 'cancelled' and what reading throws
   */
  async load(owner: StoredOwner, source: ByteSource, options: DownloadOptions = {}): Promise<Blob> {
    const id = await idOf(owner.identity, source.name);
    const job = {
      folder: this.#folder,
      id,
      source,
      plan: planWhole(source.size),
      fresh: freshRecord(owner, source, {
        content: 'file',
        plan: 'whole',
        size: source.size,
        blockBytes: this.#blockBytes,
        lastUsed: this.#platform.now(),
      }),
      ...options,
    };
    return this.#platform.withLock(storedFileLock(id), options.signal, () =>
      bringFile(job, this.#platform, () => this.#complete(id)),
    );
  }

  async #complete(id: string): Promise<Blob | null> {
    const file = await readDurableJson(this.#folder, id, storedFileSchema);
    const blob = await this.#folder.blob(dataName(id));
    if (file?.complete !== true || blob?.size !== file.size) return null;
    const now = this.#platform.now();
    for (const index of file.blocks.keys()) {
      if (await isBlockGood(blob, file, index)) continue;
      await cutAtDamage(this.#folder, id, file, { now });
      return null;
    }
    await unlessFull(writeDurableJson(this.#folder, id, { ...file, lastUsed: now }));
    return blob;
  }
}

async function idOf(identity: string, path: string): Promise<string> {
  return (await sha256OfText(JSON.stringify([identity, path, 'file']))).slice(0, 32);
}

/** The whole file as one tensor of bytes without a header. */
function planWhole(size: number): MaterializePlan {
  const all: TensorInfo = { dtype: wholeFile, shape: [size], offset: 0, length: size };
  const tensors = [{ name: 'file', source: all, target: all }];
  return {
    header: new Uint8Array(),
    table: new Map([['file', all]]),
    size,
    runs: [{ offset: 0, end: size, tensors }],
    readsAll: true,
  };
}
