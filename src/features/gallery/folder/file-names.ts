import { fileName } from '../metadata.ts';
import type { PictureRecord } from '../picture-record.ts';

/** As file systems compare that tell neither case nor forms of Unicode apart. */
function compared(name: string): string {
  return name.normalize('NFC').toLowerCase();
}

/** File names that are in use, in any file system. */
export class TakenNames {
  readonly #taken: Set<string>;

  constructor(names: Iterable<string> = []) {
    this.#taken = new Set(Array.from(names, compared));
  }

  has(name: string): boolean {
    return this.#taken.has(compared(name));
  }

  /** Takes a name, or the first of its followers that is free: "a.png", "a-2.png", … @returns it */
  take(name: string): string {
    const [, stem = name, ending = ''] = /^(.*?)(\.[^.]*)?$/su.exec(name) ?? [];
    let free = name;
    for (let use = 2; this.has(free); use++) free = `${stem}-${use}${ending}`;
    this.#taken.add(compared(free));
    return free;
  }
}

/** Under which name a picture leaves the page: letters, digits and hyphens, so that it names no folder and no device. */
export function nameOfPicture({ recipe }: PictureRecord): string {
  return fileName(recipe).toWellFormed();
}
