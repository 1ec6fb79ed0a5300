import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

export interface RepositoryFile {
  readonly path: string;
  /** Path on disk. */
  readonly location: string;
  readonly size: number;
  /** Kept by LFS: served from the second origin. */
  readonly lfs: boolean;
}

/** One folder served as a repository. */
export class Repository {
  readonly files: ReadonlyMap<string, RepositoryFile>;
  /** 40 hex digits, from names and sizes. */
  readonly commit: string;
  readonly #hashes = new Map<string, Promise<string>>();

  private constructor(files: ReadonlyMap<string, RepositoryFile>) {
    this.files = files;
    const listing = [...files.values()].map(({ path, size }) => `${path} ${size}`).join('\n');
    this.commit = createHash('sha1').update(listing).digest('hex');
  }

  static async open(folder: string): Promise<Repository> {
    const files = new Map<string, RepositoryFile>();
    for (const entry of await readdir(folder, { recursive: true })) {
      const location = join(folder, entry);
      const { size, isFile } = await stat(location).then((stats) => ({ size: stats.size, isFile: stats.isFile() }));
      const path = entry.replaceAll('\\', '/');
      if (isFile) files.set(path, { path, location, size, lfs: /\.(safetensors|bin|pt|onnx)$/.test(path) });
    }
    return new Repository(files);
  }

  /** SHA-256 of a file in hex, computed at the first question. */
  sha256({ location }: RepositoryFile): Promise<string> {
    const known = this.#hashes.get(location) ?? hashFile(location);
    this.#hashes.set(location, known);
    return known;
  }

  async pointer(file: RepositoryFile): Promise<string> {
    return `version https://git-lfs.github.com/spec/v1\noid sha256:${await this.sha256(file)}\nsize ${file.size}\n`;
  }
}

async function hashFile(location: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(location)) {
    if (chunk instanceof Uint8Array) hash.update(chunk);
  }
  return hash.digest('hex');
}
