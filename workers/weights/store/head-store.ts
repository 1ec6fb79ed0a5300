import type { ByteSource } from '../../checkpoint/bytes/byte-source.ts';
import { torchEnds } from '../../checkpoint/torch/torch-file.ts';
import { defaultBlockBytes } from '../convert/convert-blocks.ts';
import { PinwordError } from '../../errors.ts';
import {
  dataName,
  freshRecord,
  listStoredFiles,
  type StoredFile,
  storedFileLock,
  storedFileSchema,
  type StoredOwner,
} from './stored-file.ts';
import { sha256, sha256OfText } from '../sources/hashes.ts';
import { readDurableJson, replaceFile, writeDurableJson } from './durable-json.ts';
import { remoteFacts } from '../sources/remote-facts.ts';
import type { StoragePlatform } from './storage-platform.ts';
import type { StorageFolder } from './storage-file.ts';

/** What is stored of a file: all of a small one, the header of a safetensors file, both ends of a torch file. */
export interface StoredHead {
  readonly file: StoredFile;
  readonly bytes: Blob;
  /** How many of the bytes are the file's first; the others are its last. */
  readonly first: number;
}

/** What a stored head says of itself where not all of it is the file's start. */
const endsPattern = /^ends:(\d+)$/;

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
    return whole === (stored.blocks[0] ?? whole)
      ? { file: stored, bytes, first: Number(endsPattern.exec(stored.plan)?.[1] ?? stored.size) }
      : null;
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
    const ends = await endsOf(source);
    if (ends === null) return;
    const { head, tail } = ends;
    const bytes = new Uint8Array(head + tail);
    bytes.set(await source.read(0, head));
    if (tail > 0) bytes.set(await source.read(source.size - tail, tail), head);
    const id = await headId(owner.identity, source.name);
    const plan = tail > 0 ? `ends:${head}` : 'head';
    await this.#platform.withLock(storedFileLock(id), undefined, () => this.#write(id, { bytes, plan }, owner, source));
  }

  async #write(
    id: string,
    { bytes, plan }: { readonly bytes: Uint8Array<ArrayBuffer>; readonly plan: string },
    owner: StoredOwner,
    source: ByteSource,
  ): Promise<void> {
    const hash = await sha256(bytes);
    const now = this.#platform.now();
    const fresh = freshRecord(owner, source, {
      content: 'head',
      plan,
      size: bytes.length,
      blockBytes: maxHeadBytes,
      lastUsed: now,
    });
    await writeDurableJson(this.#folder, id, fresh);
    await replaceFile(this.#folder, dataName(id), bytes);
    await writeDurableJson(this.#folder, id, {
      ...fresh,
      complete: true,
      written: bytes.length,
      blocks: bytes.length === 0 ? [] : [hash],
      digest: hash,
      checked: now,
    });
    this.#owners = undefined;
  }
}

async function headId(identity: string, path: string): Promise<string> {
  return (await sha256OfText(JSON.stringify([identity, path, 'head']))).slice(0, 32);
}

interface Ends {
  readonly head: number;
  readonly tail: number;
}

/** Bytes of a file that are worth keeping; null where it has none. */
async function endsOf(source: ByteSource): Promise<Ends | null> {
  if (source.blob !== undefined) return source.size <= maxHeadBytes ? { head: source.size, tail: 0 } : null;
  if (!remoteFacts(source).acceptsRanges || source.size < 8) return null;
  const ends = source.name.endsWith('.safetensors')
    ? { head: await headerLength(source), tail: 0 }
    : source.name.endsWith('.bin')
      ? await readableEnds(source)
      : null;
  return ends !== null && ends.head + ends.tail <= Math.min(maxHeadBytes, source.size) ? ends : null;
}

async function headerLength(source: ByteSource): Promise<number> {
  const start = await source.read(0, 8);
  return 8 + Number(new DataView(start.buffer, start.byteOffset).getBigUint64(0, true));
}

/** Whoever opens the file says what is wrong with it. */
async function readableEnds(source: ByteSource): Promise<Ends | null> {
  return torchEnds(source).catch((thrown: unknown) => {
    if (thrown instanceof PinwordError && thrown.code === 'bad-pickle') return null;
    throw thrown;
  });
}
