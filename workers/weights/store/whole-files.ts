import type { ByteSource } from '../../checkpoint/byte-source.ts';
import type { TensorInfo } from '../../checkpoint/tensor-table.ts';
import { defaultBlockBytes, wholeFile } from '../convert/convert-blocks.ts';
import type { MaterializePlan } from '../convert/materialize-plan.ts';
import { sha256OfText } from '../sources/hashes.ts';
import { remoteFacts } from '../sources/remote-facts.ts';
import { downloadFile } from './download-file.ts';
import { readDurableJson, writeDurableJson } from './durable-json.ts';
import { cutAtDamage, isBlockGood } from './stored-blocks.ts';
import { dataName, type StoredFile, storedFileLock, storedFileSchema } from './stored-file.ts';
import type { StorageFolder } from './storage-file.ts';
import type { StoragePlatform } from './storage-platform.ts';
import { ensureRoom, unlessFull } from './storage-room.ts';
import type { StoredOwner } from './weight-store.ts';

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
    return this.#platform.withLock(storedFileLock(id), options.signal, async () => {
      const there = await this.#complete(id);
      if (there !== null) return there;
      await ensureRoom(this.#folder, this.#platform, source.name, source.size);
      const plan = planWhole(source.size);
      const fresh = this.#freshEntry(owner, source);
      await downloadFile({
        folder: this.#folder,
        id,
        source,
        plan,
        fresh,
        signal: options.signal,
        ...progress(options),
      });
      const blob = await this.#complete(id);
      if (blob === null) throw new Error(`${source.name} was stored but cannot be found.`);
      return blob;
    });
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

  #freshEntry(owner: StoredOwner, source: ByteSource): StoredFile {
    const { validator, sha256 } = remoteFacts(source);
    const now = this.#platform.now();
    return {
      version: 1,
      identity: owner.identity,
      modelName: owner.name,
      licence: owner.licence,
      path: source.name,
      content: 'file',
      validator,
      sourceSha256: sha256,
      sourceSize: source.size,
      plan: 'whole',
      size: source.size,
      complete: false,
      written: 0,
      blockBytes: this.#blockBytes,
      blocks: [],
      sourceHash: null,
      digest: null,
      lastUsed: now,
      checked: 0,
    };
  }
}

function progress({ onProgress }: DownloadOptions): Pick<DownloadOptions, 'onProgress'> {
  return onProgress === undefined ? {} : { onProgress };
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
