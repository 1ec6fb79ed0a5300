import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type HubServer, startHubServer } from './hub-server.ts';
import { writeSafetensorsHeader } from '../../checkpoint/tensor-files/safetensors.ts';
import { fromFloat32 } from '../../checkpoint/tensors/dtype.ts';

const repo = 'someone/model';

/** A safetensors file of float tensors; element i of every tensor is `value(i)`. */
export function safetensorsFile(
  dtype: 'F16' | 'F32',
  shapes: Readonly<Record<string, readonly number[]>>,
  value = (i: number) => (i % 251) / 16 - 7,
): Uint8Array<ArrayBuffer> {
  const specs = Object.entries(shapes).map(([name, shape]) => ({ name, dtype, shape }));
  const { header, table, size } = writeSafetensorsHeader(specs);
  const file = new Uint8Array(size);
  file.set(header);
  for (const { name, shape } of specs) {
    const values = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => value(i));
    file.set(fromFloat32(values, dtype), table.get(name)?.offset);
  }
  return file;
}

export interface HubFixture extends AsyncDisposable {
  readonly server: HubServer;
  /** The folder that is served. */
  readonly folder: string;
  readonly location: { readonly endpoint: string; readonly repo: string; readonly revision: string };
  /** URL of the same folder as a plain host has it. */
  readonly baseUrl: string;
}

/** Serves these files as the repository `repo`. */
export async function serveFiles(
  files: Readonly<Record<string, string | Uint8Array>>,
  api = true,
): Promise<HubFixture> {
  const folder = await mkdtemp(join(tmpdir(), 'hub-'));
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
  return serveFolder(folder, api);
}

/** Serves a folder that serveFiles made, e.g. again after a change, at a chosen port. */
export async function serveFolder(folder: string, api = true, port = 0): Promise<HubFixture> {
  const server = await startHubServer({ repositories: { [repo]: folder }, api, port });
  return {
    server,
    folder,
    location: { endpoint: server.origin, repo, revision: 'main' },
    baseUrl: `${server.origin}/static/${repo}`,
    [Symbol.asyncDispose]: async () => {
      await server.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
