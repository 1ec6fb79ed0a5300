import type { StoredModel, VerifyReport } from '../../api.ts';
import { countNewer, removeOrphans, type StoredOwner } from './stored-file.ts';
import { HeadStore } from './head-store.ts';
import { cacheFileHeads } from './cached-files.ts';
import type { LocalWeights, MaterializeRequest } from '../convert/materialize.ts';
import { openSource, type LayoutSource, type OpenSourceOptions } from '../sources/open-source.ts';
import type { SourceFiles } from '../sources/source-files.ts';
import type { StoragePlatform } from './storage-platform.ts';
import type { StorageFolder } from './storage-file.ts';
import { openStoredHub } from './stored-hub.ts';
import { evictModel, listModels, verifyModel } from './stored-models.ts';
import { WholeFiles } from './whole-files.ts';
import { type OwnedRequest, WeightStore } from './weight-store.ts';

/** Models in the browser's storage: opening, bringing, listing, checking and removing them. */
export class ModelStorage {
  readonly #folder: StorageFolder;
  readonly #platform: StoragePlatform;
  readonly #weights: WeightStore;
  readonly #heads: HeadStore;
  /** Files that are kept as they are. */
  readonly files: WholeFiles;

  constructor(folder: StorageFolder, platform: StoragePlatform) {
    this.#folder = folder;
    this.#platform = platform;
    this.#weights = new WeightStore(folder, platform);
    this.#heads = new HeadStore(folder, platform);
    this.files = new WholeFiles(folder, platform);
  }

  /** As openSource, but what was stored before opens without the network. */
  async open(source: LayoutSource, options: OpenSourceOptions): Promise<SourceFiles> {
    if (source.kind === 'hub')
      return openStoredHub(source, options, {
        folder: this.#folder,
        platform: this.#platform,
        heads: this.#heads,
      });
    return cacheFileHeads(await openSource(source, options), this.#heads);
  }

  /** As WeightStore.load. */
  load(owner: StoredOwner, request: MaterializeRequest): Promise<LocalWeights> {
    return this.#weights.load(owner, request);
  }

  /** As WeightStore.find. */
  find(owner: StoredOwner, request: MaterializeRequest): Promise<LocalWeights | null> {
    return this.#weights.find(owner, request);
  }

  /** As WeightStore.missingBytes. */
  missingBytes(requests: readonly OwnedRequest[]): Promise<number> {
    return this.#weights.missingBytes(requests);
  }

  /** As WeightStore.ensureRoom. */
  ensureRoom(requests: readonly OwnedRequest[]): Promise<void> {
    return this.#weights.ensureRoom(requests);
  }

  /** As countNewer of stored-file.ts. */
  countNewer(): Promise<number> {
    return countNewer(this.#folder);
  }

  /** Whether the browser has agreed to keep what is stored. */
  persisted(): Promise<boolean> {
    return this.#platform.persisted();
  }

  /** What is stored, the longest unused first. */
  list(): Promise<readonly StoredModel[]> {
    return listModels(this.#folder);
  }

  /** @throws PinwordError 'storage-busy' */
  remove(id: string): Promise<void> {
    return evictModel(this.#folder, this.#platform, id);
  }

  /** Checks every stored byte; what is damaged is downloaded again by the next load. @throws PinwordError 'cancelled' */
  verify(
    id: string,
    options: { readonly signal?: AbortSignal; readonly onProgress?: (bytes: number, totalBytes: number) => void },
  ): Promise<VerifyReport> {
    return verifyModel(this.#folder, this.#platform, id, options);
  }

  /** Removes what was written for the model before: bring's files that end with this worker. */
  removeTemporary(): Promise<void> {
    return this.#weights.temporary.removeOwn();
  }

  /** Removes files that earlier lives of the worker left behind. */
  async removeAbandoned(): Promise<void> {
    await this.#weights.temporary.removeAbandoned();
    await removeOrphans(this.#folder, this.#platform);
  }
}
