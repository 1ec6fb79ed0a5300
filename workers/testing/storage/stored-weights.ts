import { readSafetensorsTable } from '../../checkpoint/tensor-files/safetensors.ts';
import { PinwordError } from '../../errors.ts';
import type { LocalWeights, MaterializeRequest } from '../../weights/convert/materialize.ts';
import { findComponent } from '../../weights/sources/component-files.ts';
import { openHub } from '../../weights/sources/hub-source.ts';
import type { SourceFiles } from '../../weights/sources/source-files.ts';
import { WeightStore } from '../../weights/store/weight-store.ts';
import { type HubFixture, safetensorsFile, serveFiles } from '../hub-server/hub-fixture.ts';
import { present } from '../present.ts';
import { MemoryEnvironment, MemoryStorage } from './memory-storage.ts';

export const path = 'unet/diffusion_pytorch_model.fp16.safetensors';
export const shapes = { 'a.weight': [300, 700], 'a.bias': [300], 'b.weight': [90_000] };
/** All tensors are wanted in their own element type, so that what is stored equals what is served. */
export const expected = safetensorsFile('F16', shapes);
const blockBytes = 32 * 1024;

/** Does not wait before a request is repeated. */
export const noWait = { wait: () => Promise.resolve() };

/** A hub with a small checkpoint, and a store that brings its weights into memory. */
export class StoredWeights {
  readonly hub: HubFixture;
  storage = new MemoryStorage();
  platform = new MemoryEnvironment();

  private constructor(hub: HubFixture) {
    this.hub = hub;
  }

  static async open(): Promise<StoredWeights> {
    const hub = await serveFiles({
      'unet/config.json': '{}',
      [path]: expected,
      'vae/config.json': '{}',
      'vae/diffusion_pytorch_model.fp16.safetensors': safetensorsFile('F16', {
        'encoder.w': [900_000],
        'decoder.w': [50_000],
      }),
    });
    return new StoredWeights(hub);
  }

  /** As if nothing had been fetched yet, from a server without faults. */
  reset(): void {
    this.hub.server.setFaults([]);
    this.storage = new MemoryStorage();
    this.platform = new MemoryEnvironment();
  }

  fromHub() {
    return openHub(this.hub.location, noWait);
  }

  newStore(): WeightStore {
    return new WeightStore(this.storage, this.platform, blockBytes);
  }

  async bring(files?: SourceFiles, extra: Partial<MaterializeRequest> = {}): Promise<LocalWeights> {
    const opened = files ?? (await this.fromHub());
    const owner = { identity: opened.identity ?? '', name: opened.name, licence: await opened.licence() };
    return this.newStore().load(owner, { ...(await requestOf(opened)), ...extra });
  }

  /** Ranges of the weights that were asked for since the last setFaults, without the first look at each file. */
  ranges(): readonly (string | null)[] {
    return this.hub.server.log
      .filter(
        (entry) => entry.path.endsWith('.safetensors') && entry.origin === 'cdn' && entry.range !== 'bytes=0-131071',
      )
      .map(({ range }) => range);
  }
}

/** All tensors of a component, or those named, in 16 bits. */
export async function requestOf(
  files: SourceFiles,
  folder: 'unet' | 'vae' = 'unet',
  names?: readonly string[],
): Promise<MaterializeRequest> {
  const { weights, table } = present(await findComponent(files, folder));
  return { source: weights, table, wanted: (names ?? [...table.keys()]).map((name) => ({ name })), dtype: 'F16' };
}

/** One version of a file on a host with ETags. */
export async function versioned(bytes: Uint8Array<ArrayBuffer>, validator: string): Promise<MaterializeRequest> {
  const source = {
    name: path,
    size: bytes.length,
    validator,
    read: (offset: number, length: number) => Promise.resolve(bytes.slice(offset, offset + length)),
  };
  const table = await readSafetensorsTable(source);
  return { source, table, wanted: [...table.keys()].map((name) => ({ name })), dtype: 'F16' };
}

export async function bytesOf(local: LocalWeights): Promise<Buffer> {
  return Buffer.from(await local.blob.arrayBuffer());
}

/** The code of the error that something ends with. */
export async function codeOf(promise: Promise<unknown>): Promise<string> {
  const thrown: unknown = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  return thrown instanceof PinwordError ? thrown.code : String(thrown);
}
