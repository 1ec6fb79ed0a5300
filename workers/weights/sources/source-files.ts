import type { ByteSource, CheckpointFiles } from '../../checkpoint/bytes/byte-source.ts';
import { PinwordError } from '../../errors.ts';
import { htmlError } from './content-guard.ts';

/** The files of one checkpoint, with what storage and messages need to know about them. */
export interface SourceFiles extends CheckpointFiles {
  /** Names these bytes for storage: equal identities have equal files. null for files that are at hand: the person's or the site's. */
  readonly identity: string | null;
  /** SPDX-like name that the model card gives, e.g. "creativeml-openrail-m"; null where it gives none. */
  licence(): Promise<string | null>;
  /** Why `find` gave null for this path, where that is more than absence. */
  whyMissing(path: string): PinwordError | null;
  /** What the host answered, where what is stored was opened instead; null where nothing was. */
  storedInstead(): PinwordError | null;
}

/** Paths that the host answered with a web page; see SourceFiles.whyMissing. */
export class HtmlAnswers {
  readonly #paths = new Set<string>();

  add(path: string): void {
    this.#paths.add(path);
  }

  whyMissing(path: string): PinwordError | null {
    return this.#paths.has(path) ? htmlError(path) : null;
  }
}

/** @throws PinwordError 'file-not-found' | 'not-a-model-file' and what `find` throws. */
export async function requireFile(files: SourceFiles, path: string): Promise<ByteSource> {
  const file = await files.find(path);
  if (file !== null) return file;
  throw (
    files.whyMissing(path) ??
    new PinwordError(
      'file-not-found',
      `${files.name} has no ${path}. Choose the folder of a whole model: model_index.json with unet/, vae/, text_encoder/ and tokenizer/.`,
    )
  );
}

/** Model cards and lists of merges are below a megabyte. */
const maxTextBytes = 32e6;

/** The text of a small file such as a config. @returns null where there is none. @throws PinwordError 'not-a-model-file' where it is far too large for one */
export async function readText(files: CheckpointFiles, path: string): Promise<string | null> {
  const file = await files.find(path);
  if (file === null) return null;
  if (file.size <= maxTextBytes) return new TextDecoder().decode(await file.read(0, file.size));
  throw new PinwordError(
    'not-a-model-file',
    `${path} is too large for a text file of a model (${file.size} bytes). Choose another model.`,
  );
}

/** The `license` of a model card's front matter (the YAML between "---" lines that the Hub reads). */
export function licenceOfModelCard(card: string): string | null {
  const frontMatter = /^\ufeff?---\r?\n([\s\S]*?)\r?\n---/.exec(card)?.[1];
  const line = /^license:[ \t]*(.+)$/m.exec(frontMatter ?? '')?.[1];
  return line?.trim().replace(/^(['"])(.*)\1$/, '$2') ?? null;
}

/** The licence from README.md of these files. */
export async function licenceOf(files: CheckpointFiles): Promise<string | null> {
  const card = await files.find('README.md');
  // A model runs without its card, whatever that is.
  if (card === null || card.size > maxTextBytes) return null;
  return licenceOfModelCard(new TextDecoder().decode(await card.read(0, card.size)));
}
