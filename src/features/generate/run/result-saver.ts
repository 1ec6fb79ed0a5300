/** From the engine's finished pixels to PNG files with their recipe inside, in the gallery. */
import {
  notice,
  settingTable,
  type EngineApi,
  type GeneratedPicture,
  type Notice,
  type PinStrengths,
  type Pixels,
} from '../../../../workers/api.ts';
import { detailOf, lookOf, type WordPin } from '../../compose/pins/pins.ts';
import { addPicture } from '../../gallery/gallery-store.ts';
import { pictureMetadata } from '../../gallery/metadata.ts';
import type { Comparison, Recipe } from '../../gallery/picture-record.ts';
import type { ActiveRun } from './run-state.ts';

type Encoder = Pick<EngineApi, 'encodePng'>;

/** Longest wait for pictures that were announced by the end of a run, in milliseconds. */
const patience = 10_000;

export class ResultSaver {
  readonly #engine: Encoder;
  readonly #base: Recipe;
  readonly #comparison: Comparison | null;
  readonly #notify: (notice: Notice) => void;
  /** What kept each picture from being saved; null where nothing did. */
  readonly #saving: Promise<Error | null>[] = [];
  #onPicture: () => void = () => undefined;

  constructor(
    engine: Encoder,
    { recipe, comparison }: { readonly recipe: Recipe; readonly comparison: Comparison | null },
    notify: (notice: Notice) => void,
  ) {
    this.#engine = engine;
    this.#base = recipe;
    this.#comparison = comparison;
    this.#notify = notify;
  }

  /** @param active the run at the moment when the picture was finished */
  take(picture: GeneratedPicture, active: ActiveRun | null): void {
    const saving = this.#save(picture, recipeOf(this.#base, picture, active));
    this.#saving.push(saving.then(() => null, asError));
    this.#onPicture();
  }

  /**
   * Events and the end of a run come by different ports, in any order: waits until `count` pictures have come and are kept.
   * @throws Error, once all others are kept, where a picture could not be written
   */
  async all(count: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, patience);
      this.#onPicture = () => {
        if (this.#saving.length < count) return;
        clearTimeout(timer);
        resolve();
      };
      this.#onPicture();
    });
    const failure = (await Promise.all(this.#saving)).find((error) => error !== null);
    if (failure != null) throw failure;
  }

  async #save({ pixels, flagged }: GeneratedPicture, recipe: Recipe): Promise<void> {
    const png = await this.#encode(pixels, recipe);
    const record = {
      id: crypto.randomUUID(),
      createdAt: Date.now(),
      png,
      width: pixels.width,
      height: pixels.height,
      flagged,
      comparison: this.#comparison,
      isStarred: false,
      recipe,
    };
    if (!(await addPicture(record))) this.#notify(notice('not-kept'));
  }

  async #encode(pixels: Pixels, recipe: Recipe): Promise<Blob> {
    const metadata = pictureMetadata(recipe);
    let png = await this.#engine.encodePng(pixels, metadata);
    // The worker may have died with the picture in hand; a fresh one encodes it as well.
    if (!png.ok) png = await this.#engine.encodePng(pixels, metadata);
    if (png.ok) return png.value;
    this.#notify(notice('no-recipe'));
    return plainPng(pixels);
  }
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}

/** The recipe of one picture: its own seeds, alone, with α, w and the strengths of pins as they were when it was finished. */
function recipeOf(
  base: Recipe,
  { seed, variationSeed }: Pick<GeneratedPicture, 'seed' | 'variationSeed'>,
  active: ActiveRun | null,
): Recipe {
  const settings = {
    ...base.settings,
    ...active?.guidance,
    seed: seed % (settingTable.seed.max + 1),
    variationSeed,
    count: 1,
    seedLocked: true,
  };
  const { compose } = base;
  return {
    ...base,
    compose: {
      ...compose,
      pins: compose.pins.map((pin, index) => withStrengths(pin, active?.strengths ?? null, index)),
    },
    guidanceMoved: active?.guidanceMoved ?? false,
    settings,
  };
}

function withStrengths(pin: WordPin, strengths: PinStrengths | null, index: number): WordPin {
  const look = movedTo(lookOf(pin), strengths?.look[index]);
  const detail = movedTo(detailOf(pin), strengths?.detail[index]);
  return { ...pin, ...(look === null ? {} : { look }), ...(detail === null ? {} : { detail }) };
}

/** null of a voice that is off, or stands where it stood. */
function movedTo<Voice extends { readonly on: boolean; readonly strength: number }>(
  voice: Voice,
  strength: number | undefined,
): Voice | null {
  return strength === undefined || !voice.on || voice.strength === strength ? null : { ...voice, strength };
}

/** The browser's own PNG, without our text chunks. */
async function plainPng({ width, height, data }: Pixels): Promise<Blob> {
  const canvas = new OffscreenCanvas(width, height);
  canvas.getContext('2d')?.putImageData(new ImageData(data, width, height), 0, 0);
  return canvas.convertToBlob({ type: 'image/png' });
}
