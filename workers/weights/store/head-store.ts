import type { ByteSource } from '../../checkpoint/byte-source.ts';
import { defaultBlockBytes } from '../convert/convert-blocks.ts';
import { dataName, type StoredFile, storedFileLock, storedFileSchema, listStoredFiles } from './stored-file.ts';
import { sha256, sha256OfText } from '../sources/hashes.ts';
import { readDurableJson, replaceFile, writeDurableJson } from './durable-json.ts';
import { remoteFacts } from '../sources/remote-facts.ts';
import type { StoragePlatform } from './storage-platform.ts';
import type { StorageFolder } from './storage-file.ts';
import type { StoredOwner } from './weight-store.ts';

/** The stored start of a file: all of a small one, the header of a safetensors file. */
export interface StoredHead {
  readonly file: StoredFile;
  readonly bytes: Blob;
}

/** One block, so that a head is written and hashed at once. Longer ones are not kept. */
const maxHeadBytes = defaultBlockBytes;

/** Keeps configs, tokenizer files and headers, so that a stored model opens without the network. */
export class HeadStore {
  readonly #folder: StorageFolder;
  readonly #platform: StoragePlatform;
  #owners: Promise<ReadonlyMap<string, StoredOwner>> | undefined;

  constructor(folder: StorageFolder, platform: StoragePlatform) {
    this.#folder = folder;
    this.#platform = platform;
  }

  /** @returns null where it is not stored, or damaged */
  async find(identity: string, path: string): Promise<StoredHead | null> {
    const id = await headId(identity, path);
    const stored = await readDurableJson(this.#folder, id, storedFileSchema);
    const bytes = await this.#folder.blob(dataName(id));
    if (stored?.complete !== true || bytes?.size !== stored.size) return null;
    const whole = await sha256(new Uint8Array(await bytes.arrayBuffer()));
    return whole === (stored.blocks[0] ?? whole) ? { file: stored, bytes } : null;
  }

  /** The checkpoint of this identity, where something of it was stored; else null. */
  async owner(identity: string): Promise<StoredOwner | null> {
    this.#owners ??= listStoredFiles(this.#folder).then(
      (files) =>
        new Map(
          files.map(({ file }) => [
            file.identity,
            { identity: file.identity, name: file.modelName, licence: file.licence },
          ]),
        ),
    );
    return (await this.#owners).get(identity) ?? null;
  }

  /** Stores the start of a file, where it has one that is worth it. */
  async save(owner: StoredOwner, source: ByteSource): Promise<void> {
    const length = await headLength(source);
    if (length === null) return;
    const bytes = await source.read(0, length);
    const id = await headId(owner.identity, source.name);
    await this.#platform.withLock(storedFileLock(id), undefined, () => this.#write(id, bytes, owner, source));
  }

  async #write(id: string, bytes: Uint8Array<ArrayBuffer>, owner: StoredOwner, source: ByteSource): Promise<void> {
    const { validator, sha256: sourceSha256 } = remoteFacts(source);
    const hash = await sha256(bytes);
    const stored: StoredFile = {
      version: 1,
      identity: owner.identity,
      modelName: owner.name,
      licence: owner.licence,
      path: source.name,
      content: 'head',
      validator,
      sourceSha256,
      sourceSize: source.size,
      plan: 'head',
      size: bytes.length,
      complete: true,
      written: bytes.length,
      blockBytes: maxHeadBytes,
      blocks: bytes.length === 0 ? [] : [hash],
      sourceHash: null,
      digest: hash,
      lastUsed: this.#platform.now(),
    };
    await writeDurableJson(this.#folder, id, { ...stored, complete: false, written: 0, blocks: [] });
    await replaceFile(this.#folder, dataName(id), bytes);
    await writeDurableJson(this.#folder, id, stored);
    this.#owners = undefined;
  }
}

async function headId(identity: string, path: string): Promise<string> {
  return (await sha256OfText(JSON.stringify([identity, path, 'head']))).slice(0, 32);
}

async function headLength(source: ByteSource): Promise<number | null> {
  if (source.blob !== undefined) return source.size <= maxHeadBytes ? source.size : null;
  if (!source.name.endsWith('.safetensors') || !remoteFacts(source).acceptsRanges || source.size < 8) return null;
  const start = await source.read(0, 8);
  const length = 8 + Number(new DataView(start.buffer, start.byteOffset).getBigUint64(0, true));
  return length <= Math.min(maxHeadBytes, source.size) ? length : null;
}
