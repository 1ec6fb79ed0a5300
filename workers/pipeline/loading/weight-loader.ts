import { notice, type Notice } from '../../contract/notices.ts';
import { PinwordError } from '../../errors.ts';
import type { HeldWeights } from '../../weights/convert/held-weights.ts';
import { materialize, type LocalWeights } from '../../weights/convert/materialize.ts';
import type { ModelStorage } from '../../weights/store/model-storage.ts';
import { memorySink } from '../../weights/convert/weight-sink.ts';
import type { StoredOwner } from '../../weights/store/stored-file.ts';
import { transformed, type OwnedRequest } from '../../weights/store/weight-store.ts';
import type { LoadWeights, WeightRequest } from './load-parts.ts';
import type { Origin } from './found-part.ts';

/** How weights come onto this machine, each for the checkpoint that it is of, and what the user should know about it. */
export interface WeightLoader {
  /**
   * A model takes the place of the one before: what was written for that one alone, gigabytes where LoRA files were merged,
   * is removed, whether its load had failed or not.
   */
  readonly begin: () => Promise<void>;
  /** Bytes of all these that must still be downloaded. */
  readonly missingBytes: (requests: readonly WeightRequest[]) => Promise<number>;
  /** Checks before anything is brought that there is room for all of it. @throws PinwordError 'storage-quota' */
  readonly ensureRoom: (requests: readonly WeightRequest[]) => Promise<void>;
  readonly load: LoadWeights;
  /** Asked for when all these are there; null where all is as one expects. */
  readonly notice: (requests: readonly WeightRequest[]) => Promise<Notice | null>;
}

/**
 * The weight loader of one model.
 * Loads what comes from elsewhere into storage where it is kept, and everything else into memory. Where storage cannot
 * be had, everything goes to memory, and the reason is said.
 * @param held what the loads before left in memory
 */
export async function openWeightLoader(
  keep: boolean,
  storage: () => Promise<ModelStorage>,
  held: HeldWeights,
): Promise<WeightLoader> {
  const inMemory: LoadWeights = (request) => held.load(request);
  try {
    const stored = await storage();
    const begin = async (): Promise<void> => {
      held.begin();
      await stored.removeTemporary();
    };
    return { ...(keep ? storingLoader(stored, inMemory) : readOnlyLoader(stored, inMemory)), begin };
  } catch (error) {
    if (!(error instanceof PinwordError) || error.code !== 'storage-unavailable') throw error;
    const begin = (): Promise<void> => {
      held.begin();
      return Promise.resolve();
    };
    return { ...withoutStorage(keep ? error : null, inMemory), begin };
  }
}

type Beginless = Omit<WeightLoader, 'begin'>;

function storingLoader(stored: ModelStorage, inMemory: LoadWeights): Beginless {
  return {
    missingBytes: async (requests) => stored.missingBytes(await owned(requests)),
    ensureRoom: async (requests) => stored.ensureRoom(await owned(requests)),
    load: async (request) => {
      const owner = await ownerOf(request.origin);
      return owner === null ? inMemory(request) : stored.load(owner, request);
    },
    notice: async (requests) => {
      if (!requests.some(isRemote)) return null;
      const newer = await stored.countNewer();
      if (newer > 0) return notice('storage-newer', newer);
      return (await stored.persisted()) ? null : notice('storage-not-persistent');
    },
  };
}

/** What an earlier visit stored is not downloaded again, though nothing more is stored. */
function readOnlyLoader(stored: ModelStorage, inMemory: LoadWeights): Beginless {
  const load = async (request: WeightRequest): Promise<LocalWeights> => {
    const { transform, ...base } = request;
    const owner = await ownerOf(request.origin);
    const local = owner === null ? null : await stored.find(owner, base);
    if (local === null) return inMemory(request);
    return transform === undefined
      ? local
      : transformed(local, { ...base, transform }, (merged) => materialize(merged, memorySink));
  };
  return { ...memoryWeightLoader(load), missingBytes: async (requests) => stored.missingBytes(await owned(requests)) };
}

function withoutStorage(reason: PinwordError | null, inMemory: LoadWeights): Beginless {
  const told = reason === null ? null : notice('not-stored', reason.message);
  return {
    ...memoryWeightLoader(inMemory),
    missingBytes: (requests) =>
      Promise.resolve(requests.filter(isRemote).reduce((sum, request) => sum + wantedBytes(request), 0)),
    notice: (requests) => Promise.resolve(requests.some(isRemote) ? told : null),
  };
}

function isRemote({ origin }: WeightRequest): boolean {
  return origin !== null && origin.identity !== null;
}

/** Bytes of the wanted tensors, as they lie in the source. */
function wantedBytes({ table, wanted }: WeightRequest): number {
  return wanted.reduce((sum, { name }) => sum + (table.get(name)?.length ?? 0), 0);
}

/** @returns null for what is at hand, which is not stored */
async function ownerOf(origin: Origin | null): Promise<StoredOwner | null> {
  if (origin?.identity == null) return null;
  return { identity: origin.identity, name: origin.name, licence: await origin.licence() };
}

async function owned(requests: readonly WeightRequest[]): Promise<readonly OwnedRequest[]> {
  const found: OwnedRequest[] = [];
  for (const request of requests) {
    const owner = await ownerOf(request.origin);
    if (owner !== null) found.push({ owner, request });
  }
  return found;
}

/** Weights that are not stored: there is nothing to make room for, and nothing to fetch. */
export function memoryWeightLoader(load: LoadWeights): WeightLoader {
  return {
    begin: () => Promise.resolve(),
    missingBytes: () => Promise.resolve(0),
    ensureRoom: () => Promise.resolve(),
    load,
    notice: () => Promise.resolve(null),
  };
}
