import { PinwordError } from '../../errors.ts';
import type { ClipVisionConfig } from '../../graph/config/clip-config.ts';
import type { Checkpoint } from './checkpoint.ts';
import { findUsable, type FoundPart } from './found-part.ts';

/** A folder of its own; SD 1.x, which has it inside its safety checker only; a repository of a CLIP model. */
const places = ['image_encoder', 'safety_checker', ''] as const;

/**
 * The image encoder of another repository, whatever else that holds.
 * @throws PinwordError 'file-not-found' naming the places that were looked at, or why what lies there cannot be read;
 *   and what checkPart throws
 */
export async function borrowImageEncoder(checkpoint: Checkpoint): Promise<FoundPart<ClipVisionConfig>> {
  let why: Error | null = null;
  for (const place of places) {
    const { part, reason } = await findUsable(checkpoint, 'imageEncoder', place);
    if (part !== null) return part;
    why ??= reason ?? checkpoint.whyMissing(place === '' ? 'config.json' : `${place}/config.json`);
  }
  throw (
    why ??
    new PinwordError(
      'file-not-found',
      `${checkpoint.name} has no image encoder: neither image_encoder/config.json nor safety_checker/config.json nor config.json. Choose a repository that has one, e.g. openai/clip-vit-large-patch14.`,
    )
  );
}
