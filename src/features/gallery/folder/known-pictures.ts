import type { PngFiller } from '../save-pictures.ts';
import type { PictureRecord } from '../picture-record.ts';
import { areSamePicture } from './same-picture.ts';

/** Pictures that are here or were just read. */
export class KnownPictures {
  readonly #engine: Pick<PngFiller, 'fillPng'>;
  readonly #alike = new Map<string, PictureRecord[]>();
  readonly #byId = new Map<string, PictureRecord>();

  constructor(engine: Pick<PngFiller, 'fillPng'>, pictures: readonly PictureRecord[]) {
    this.#engine = engine;
    for (const picture of pictures) this.#note(picture);
  }

  #note(picture: PictureRecord): void {
    const key = looks(picture);
    this.#alike.set(key, [...(this.#alike.get(key) ?? []), picture]);
    this.#byId.set(picture.id, picture);
  }

  async has(picture: PictureRecord): Promise<boolean> {
    // The same picture may have been saved once with more beside its pixels.
    const named = this.#byId.get(picture.id);
    if (named !== undefined && JSON.stringify(named.recipe) === JSON.stringify(picture.recipe)) return true;
    for (const { png } of this.#alike.get(looks(picture)) ?? []) {
      if (await areSamePicture(this.#engine, png, picture.png).catch(() => false)) return true;
    }
    return false;
  }

  /** @returns the picture, under an id that no other has */
  add(picture: PictureRecord): PictureRecord {
    const own = this.#byId.has(picture.id) ? { ...picture, id: crypto.randomUUID() } : picture;
    this.#note(own);
    return own;
  }
}

/** Where this differs, so do the pictures. */
function looks({ width, height, recipe: { compose, settings } }: PictureRecord): string {
  return [width, height, settings.seed, compose.caption].join(' ');
}
