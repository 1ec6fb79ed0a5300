/** For tests of what goes to a folder and comes from one. */
import { pathFile, type Folder, type PathFile } from './folder.ts';

/** A folder in memory. */
export class MemoryFolder implements Folder {
  readonly files = new Map<string, File>();
  /** Names in the order in which they were written. */
  readonly written: string[] = [];
  failWith: Error | null = null;

  names(): Promise<readonly string[]> {
    return Promise.resolve([...this.files.keys()]);
  }

  read(name: string): Promise<File | null> {
    return Promise.resolve(this.files.get(name) ?? null);
  }

  write(name: string, bytes: Blob): Promise<void> {
    if (this.failWith !== null && name.endsWith('.png')) return Promise.reject(this.failWith);
    this.files.set(name, new File([bytes], name, { type: bytes.type, lastModified: 5 }));
    this.written.push(name);
    return Promise.resolve();
  }

  paths(): readonly PathFile[] {
    return [...this.files.values()].map((file) => pathFile(`out/${file.name}`, file));
  }
}

/** What a transfer is given by the page. */
export const control = (signal = new AbortController().signal) => ({ signal, onProgress: () => undefined });
