/** Scores of made pictures, each kept as soon as it is known, so that a run that stops goes on where it was. */
import { existsSync } from 'node:fs';
import { readFile, rename, writeFile } from 'node:fs/promises';

import { cosine, meanCosine } from '../../workers/pipeline/modules/cosine.ts';
import type { MetricEncoders } from './encoders.ts';
import type { PictureBrowser } from './browser-pictures.ts';
import type { PlannedPicture } from './plan.ts';
import { realAgainstReal, type Scores } from './scores.ts';
import { photosOf, type Subject } from './subjects.ts';

/** What the real photos of a subject are to each other. */
export interface RealPhotos {
  readonly dino: readonly Float32Array[];
  readonly clip: readonly Float32Array[];
}

/** scores.json: which encoders judged, and what they found, by picture. */
interface ScoreFile {
  readonly encoders: string;
  readonly scores: Readonly<Record<string, Scores>>;
}

export class ScoreKeeper {
  readonly #path: string;
  readonly #encoders: string;
  readonly #scores: Map<string, Scores>;

  private constructor(path: string, encoders: string, scores: Map<string, Scores>) {
    this.#path = path;
    this.#encoders = encoders;
    this.#scores = scores;
  }

  /** Scores of other encoders are not gone on with. */
  static async open(path: string, encoders: string): Promise<ScoreKeeper> {
    const kept = existsSync(path) ? (JSON.parse(await readFile(path, 'utf8')) as ScoreFile) : null;
    return new ScoreKeeper(path, encoders, new Map(kept?.encoders === encoders ? Object.entries(kept.scores) : []));
  }

  get(file: string): Scores | undefined {
    return this.#scores.get(file);
  }

  async set(file: string, scores: Scores): Promise<void> {
    this.#scores.set(file, scores);
    const content: ScoreFile = { encoders: this.#encoders, scores: Object.fromEntries(this.#scores) };
    await writeFile(`${this.#path}.partial`, JSON.stringify(content, null, 1));
    await rename(`${this.#path}.partial`, this.#path);
  }
}

/** Embeds every photo of a subject. */
export async function embedPhotos(
  data: string,
  subject: Subject,
  { dino, clipPicture }: MetricEncoders,
  browser: PictureBrowser,
): Promise<RealPhotos> {
  const photos: { dino: Float32Array[]; clip: Float32Array[] } = { dino: [], clip: [] };
  for (const file of photosOf(data, subject)) {
    const pixels = await browser.decode(file);
    photos.dino.push(await dino(pixels));
    photos.clip.push(await clipPicture(pixels));
  }
  return photos;
}

export async function scorePicture(
  { file, caption }: Pick<PlannedPicture, 'file' | 'caption'>,
  real: RealPhotos,
  encoders: MetricEncoders,
  browser: PictureBrowser,
): Promise<Scores> {
  const pixels = await browser.decode(file);
  const clip = await encoders.clipPicture(pixels);
  return {
    dino: meanCosine(await encoders.dino(pixels), real.dino),
    clipI: meanCosine(clip, real.clip),
    clipT: cosine(clip, await encoders.clipText(caption)),
  };
}

/** DINO and CLIP-I between real photos of the same subject: what a perfect method would come to. */
export function realScores(photos: RealPhotos): { readonly dino: number | null; readonly clipI: number | null } {
  return { dino: realAgainstReal(photos.dino), clipI: realAgainstReal(photos.clip) };
}
