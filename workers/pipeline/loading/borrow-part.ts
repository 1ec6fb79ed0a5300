import { PinwordError } from '../../errors.ts';
import type { PartConfig, PartId } from '../model/parts.ts';
import type { Checkpoint } from './checkpoint.ts';
import { findUsable, type FoundPart } from './found-part.ts';

/** Parts that another repository may lend. */
type LentPart = Extract<PartId, 'imageEncoder' | 'vaeDecoder' | 'vaeEncoder'>;

interface Lending {
  readonly what: string;
  /** Folders to look in, in order; '' is the top of a repository that holds nothing else. */
  readonly places: readonly string[];
  readonly example: string;
}

const vae: Lending = { what: 'VAE', places: ['vae', ''], example: 'stabilityai/sd-vae-ft-mse' };

const lendings: Readonly<Record<LentPart, Lending>> = {
  // SD 1.x has it inside its safety checker only.
  imageEncoder: {
    what: 'image encoder',
    places: ['image_encoder', 'safety_checker', ''],
    example: 'openai/clip-vit-large-patch14',
  },
  vaeDecoder: vae,
  vaeEncoder: vae,
};

/**
 * A part of another repository, whatever else that holds.
 * @throws PinwordError 'file-not-found' naming the places that were looked at, or why what lies there cannot be read;
 *   and what checkPart throws
 */
export async function borrowPart<P extends LentPart>(checkpoint: Checkpoint, id: P): Promise<FoundPart<PartConfig<P>>> {
  const { what, places, example } = lendings[id];
  const configs = places.map((place) => (place === '' ? 'config.json' : `${place}/config.json`));
  let why: Error | null = null;
  for (const [index, place] of places.entries()) {
    const { part, reason } = await findUsable(checkpoint, id, place);
    if (part !== null) return part;
    why ??= reason ?? checkpoint.whyMissing(configs[index] ?? '');
  }
  throw (
    why ??
    new PinwordError(
      'file-not-found',
      `${checkpoint.name} has no ${what}: neither ${configs.join(' nor ')}. Choose a repository that has one, e.g. ${example}.`,
    )
  );
}
