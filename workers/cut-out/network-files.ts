import { cutOutNetworks, type CutOutNetwork, type CutOutNetworkId } from '../contract/cut-out-networks.ts';
import { PinwordError } from '../errors.ts';
import type { ByteSource, CheckpointFiles } from '../checkpoint/bytes/byte-source.ts';
import { readVerified } from '../weights/sources/fetch-repository-file.ts';
import type { HubLocation } from '../weights/sources/hub-api.ts';
import type { ModelStorage } from '../weights/store/model-storage.ts';
import type { StoredOwner } from '../weights/store/stored-file.ts';

/** The files of one network by their paths, on this machine. */
export type NetworkFiles = ReadonlyMap<string, Blob>;

export interface FilesPlatform {
  /** A folder of the site, below its root. */
  readonly openSite: (folder: string) => CheckpointFiles;
  /** Errors: see openHub. */
  readonly openHub: (location: HubLocation) => Promise<CheckpointFiles>;
  /** @throws PinwordError 'storage-unavailable': then what is downloaded is held in memory */
  readonly storage: () => Promise<Pick<ModelStorage, 'files'>>;
}

interface BringOptions {
  /** The person has agreed to a download. */
  readonly mayDownload: boolean;
  readonly onProgress: (bytes: number, totalBytes: number) => void;
}

/**
 * The files of a network: the site's, or from storage, or downloaded into it where the person has agreed.
 * @throws PinwordError 'needs-download' before any request, and as downloads do
 */
export async function bringNetwork(
  platform: FilesPlatform,
  id: CutOutNetworkId,
  options: BringOptions,
): Promise<NetworkFiles> {
  const network: CutOutNetwork = cutOutNetworks[id];
  if ('folder' in network.from) return readSite(platform.openSite(network.from.folder), network);
  const files = await storedFiles(platform);
  const owner = ownerOf(network);
  const there = new Map<string, Blob>();
  for (const path of network.files) {
    const blob = await files?.find(owner.identity, path);
    if (blob != null) there.set(path, blob);
  }
  if (there.size === network.files.length) return there;
  if (!options.mayDownload)
    throw new PinwordError('needs-download', `${network.name} is not on this machine yet. Agree to its download.`);
  return download(await platform.openHub(network.from), { network, owner, there, files }, options);
}

/** The storage of whole files; null where the browser gives none. */
async function storedFiles({ storage }: FilesPlatform): Promise<ModelStorage['files'] | null> {
  try {
    return (await storage()).files;
  } catch (thrown) {
    if (thrown instanceof PinwordError && thrown.code === 'storage-unavailable') return null;
    throw thrown;
  }
}

/** No source of a model begins like this: the network is listed, checked and deleted among them, and never loaded as one. */
function ownerOf({ name, licence, from }: CutOutNetwork): StoredOwner {
  const place = 'repo' in from ? `${from.endpoint}/${from.repo}@${from.revision}` : from.folder;
  return { identity: `cut-out:${place}`, name: `${name} (cuts out subjects)`, licence };
}

async function readSite(site: CheckpointFiles, { files }: CutOutNetwork): Promise<NetworkFiles> {
  const found = new Map<string, Blob>();
  for (const path of files) {
    const file = await requireNetworkFile(site, path);
    found.set(path, new Blob([await file.read(0, file.size)]));
  }
  return found;
}

interface Download {
  readonly network: CutOutNetwork;
  readonly owner: StoredOwner;
  readonly there: NetworkFiles;
  readonly files: ModelStorage['files'] | null;
}

async function download(
  source: CheckpointFiles,
  { network, owner, there, files }: Download,
  { onProgress }: BringOptions,
): Promise<NetworkFiles> {
  const brought = new Map(there);
  const missing: ByteSource[] = [];
  for (const path of network.files) if (!there.has(path)) missing.push(await requireNetworkFile(source, path));
  const total = missing.reduce((sum, { size }) => sum + size, 0);
  let done = 0;
  for (const file of missing) {
    const onBytes = (bytes: number): void => {
      onProgress(done + bytes, total);
    };
    const blob = files === null ? readVerified(file, onBytes) : files.load(owner, file, { onProgress: onBytes });
    brought.set(file.name, await blob);
    done += file.size;
  }
  return brought;
}

async function requireNetworkFile(files: CheckpointFiles, path: string): Promise<ByteSource> {
  const file = await files.find(path);
  if (file !== null) return file;
  throw new PinwordError(
    'file-not-found',
    `${files.name} has no ${path}. Try again later, or crop the picture instead.`,
  );
}
