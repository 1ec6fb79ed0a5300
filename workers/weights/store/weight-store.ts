import { blobSource } from '../../checkpoint/bytes/byte-source.ts';
import { defaultBlockBytes, type TensorTransform } from '../convert/convert-blocks.ts';
import { bringFile } from './bring-file.ts';
import { bytesToBring, isSameWork } from './download-file.ts';
import {
  dataName,
  freshRecord,
  type StoredFile,
  storedFileLock,
  storedFileSchema,
  type StoredOwner,
} from './stored-file.ts';
import { sha256OfText } from '../sources/hashes.ts';
import { type MaterializePlan, planMaterialize } from '../convert/materialize-plan.ts';
import { joinWeights } from '../convert/join-weights.ts';
import { type LocalWeights, materialize, type MaterializeRequest } from '../convert/materialize.ts';
import { readDurableJson, writeDurableJson } from './durable-json.ts';
import { remoteFacts } from '../sources/remote-facts.ts';
import { cutAtDamage, isBlockGood } from './stored-blocks.ts';
import type { StoragePlatform } from './storage-platform.ts';
import type { StorageFolder } from './storage-file.ts';
import { ensureRoom, missingBytes, unlessFull } from './storage-room.ts';
import { TemporaryFiles } from './temporary-files.ts';

/** A file and the checkpoint that it is stored for. */
export interface OwnedRequest {
  readonly owner: StoredOwner;
  readonly request: MaterializeRequest;
}

/** Keeps weights in the browser's storage, in the compute dtype, and brings them there where they are missing. */
export class WeightStore {
  readonly temporary: TemporaryFiles;
  readonly #folder: StorageFolder;
  readonly #platform: StoragePlatform;
  readonly #blockBytes: number;

  constructor(folder: StorageFolder, platform: StoragePlatform, blockBytes = defaultBlockBytes) {
    this.temporary = new TemporaryFiles(folder, platform);
    this.#folder = folder;
    this.#platform = platform;
    this.#blockBytes = blockBytes;
  }

  /**
   * The wanted tensors of one file, from storage where they are complete there, else downloaded into it. An earlier
   * call that was interrupted is gone on with. Another tab that brings the same file is waited for.
   * A transform is applied to temporary copies of what it changes; the stored weights stay as they were.
   * @throws PinwordError 'storage-quota' | 'storage-busy' | 'hash-mismatch' and what materialize throws
   */
  async load(owner: StoredOwner, request: MaterializeRequest): Promise<LocalWeights> {
    const { transform, ...base } = request;
    const local = await this.#loadBase(owner, base);
    return transform === undefined
      ? local
      : transformed(local, { ...base, transform }, (merged) => this.#loadTemporary(merged));
  }

  /** The wanted tensors where they are complete in storage, without their transform; null elsewhere. Nothing is downloaded. */
  async find(owner: StoredOwner, request: MaterializeRequest): Promise<LocalWeights | null> {
    const { plan, fresh, id } = await this.#job(owner, request);
    const blob = await this.#platform.ifFree(storedFileLock(id), () => this.#complete(id, fresh));
    return blob === null ? null : { blob, table: plan.table, inPlace: false };
  }

  /**
   * Checks, before anything is downloaded, that all these files together will fit beside what is stored.
   * @throws PinwordError 'storage-quota'
   */
  async ensureRoom(requests: readonly OwnedRequest[]): Promise<void> {
    let bytes = 0;
    for (const { owner, request } of requests) {
      const { plan, id } = await this.#job(owner, request);
      bytes += await missingBytes(this.#folder, id, plan.size);
      for (const [name, { length }] of plan.table) bytes += request.transform?.touches(name) === true ? length : 0;
    }
    const names = [...new Set(requests.map(({ owner }) => owner.name))].join(' and ');
    await ensureRoom(this.#folder, this.#platform, names, bytes);
  }

  /** Bytes of all these files that must still be downloaded, in the precision that they are stored in. */
  async missingBytes(requests: readonly OwnedRequest[]): Promise<number> {
    let missing = 0;
    for (const { owner, request } of requests) {
      const { fresh, id } = await this.#job(owner, request);
      const isComplete = (await this.#stored(id, fresh)) !== null;
      missing += isComplete ? 0 : await bytesToBring({ folder: this.#folder, id, source: request.source, fresh });
    }
    return missing;
  }

  /** Weights that are kept only while this worker lives, with LoRA files merged in. */
  #loadTemporary(request: MaterializeRequest): Promise<LocalWeights> {
    return materialize(request, async () => {
      await ensureRoom(this.#folder, this.#platform, request.source.name, bytesOf(request));
      return this.temporary.open();
    });
  }

  async #loadBase(owner: StoredOwner, request: MaterializeRequest): Promise<LocalWeights> {
    const { source, signal, onProgress } = request;
    const { plan, fresh, id } = await this.#job(owner, request);
    const lock = storedFileLock(id);
    const stopListening = onProgress === undefined ? () => undefined : this.#platform.listen(lock, onProgress);
    return this.#platform
      .withLock(lock, signal, async () => {
        stopListening();
        const job = {
          folder: this.#folder,
          id,
          source,
          plan,
          fresh,
          signal,
          onProgress: this.#announced(lock, onProgress),
        };
        const blob = await bringFile(job, this.#platform, () => this.#complete(id, fresh));
        return { blob, table: plan.table, inPlace: false };
      })
      .finally(stopListening);
  }

  /** Progress that waiting tabs hear too. */
  #announced(lock: string, onProgress: MaterializeRequest['onProgress']): (bytes: number, totalBytes: number) => void {
    let announced = 0;
    return (bytes, totalBytes) => {
      onProgress?.(bytes, totalBytes);
      if (bytes - announced < this.#blockBytes && bytes < totalBytes) return;
      announced = bytes;
      this.#platform.announce(lock, bytes, totalBytes);
    };
  }

  /** What is stored for a request: how it will be made, its record before it begins, its name. */
  async #job(
    owner: StoredOwner,
    { source, table, wanted, dtype, subset }: MaterializeRequest,
  ): Promise<{ plan: MaterializePlan; fresh: StoredFile; id: string }> {
    const { sha256, acceptsRanges } = remoteFacts(source);
    const plan = planMaterialize(table, wanted, dtype, {
      sourceSize: source.size,
      preferWhole: sha256 !== null,
      acceptsRanges,
    });
    const id = (
      await sha256OfText(
        JSON.stringify([owner.identity, source.name, dtype, ...(subset === undefined ? [] : [subset])]),
      )
    ).slice(0, 32);
    const ranges = plan.runs.map(({ offset, end }) => [offset, end]);
    const fresh = freshRecord(owner, source, {
      content: dtype,
      plan: await sha256OfText(`${new TextDecoder('latin1').decode(plan.header)} ${JSON.stringify(ranges)}`),
      size: plan.size,
      blockBytes: this.#blockBytes,
      lastUsed: this.#platform.now(),
    });
    return { plan, fresh, id };
  }

  /** The stored file, which counts as used now, if it is what `fresh` would become. Only under the file's lock. */
  async #complete(id: string, fresh: StoredFile): Promise<Blob | null> {
    const stored = await this.#stored(id, fresh);
    if (stored === null) return null;
    const { file, blob } = stored;
    // One block is cheap to look at, and where a disk fails it rarely spares all others.
    const sample = Math.floor(Math.random() * file.blocks.length);
    if (!(await isBlockGood(blob, file, sample))) {
      await cutAtDamage(this.#folder, id, file, { now: fresh.lastUsed });
      return null;
    }
    await unlessFull(writeDurableJson(this.#folder, id, { ...file, lastUsed: fresh.lastUsed }));
    return blob;
  }

  async #stored(id: string, fresh: StoredFile): Promise<{ file: StoredFile; blob: Blob } | null> {
    const file = await readDurableJson(this.#folder, id, storedFileSchema);
    if (file?.complete !== true || !isSameWork(file, fresh)) return null;
    const blob = await this.#folder.blob(dataName(id));
    return blob?.size === file.size ? { file, blob } : null;
  }
}

/** Bytes of the wanted tensors as they lie in the source. */
function bytesOf({ table, wanted }: MaterializeRequest): number {
  return wanted.reduce((sum, { name }) => sum + (table.get(name)?.length ?? 0), 0);
}

type TransformedRequest = MaterializeRequest & { readonly transform: TensorTransform };

/** Weights on this machine with a transform applied by `write` to those that it changes; the others stay where they are. */
export async function transformed(
  local: LocalWeights,
  request: TransformedRequest,
  write: (request: MaterializeRequest) => Promise<LocalWeights>,
): Promise<LocalWeights> {
  const names = [...local.table.keys()];
  const changed = names.filter((name) => request.transform.touches(name));
  if (changed.length === 0) return local;
  const source = blobSource(request.source.name, local.blob);
  const wanted = changed.map((name) => ({ name }));
  const weights = await write({ ...request, source, table: local.table, wanted });
  return joinWeights([
    { weights: local, names: names.filter((name) => !request.transform.touches(name)) },
    { weights, names: changed },
  ]);
}
