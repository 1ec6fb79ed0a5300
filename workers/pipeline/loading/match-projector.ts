import { PinwordError } from '../../errors.ts';
import type { FoundParts } from './found-part.ts';

/**
 * A projector leads from one image encoder's embeddings to one text encoder's words: their widths must be its own.
 * @returns null where they are, or there is no projector; else an error 'unsupported-config' with both numbers
 */
export function projectorMismatch({
  projector,
  imageEncoder,
  textEncoder,
}: Pick<FoundParts, 'projector' | 'imageEncoder' | 'textEncoder'>): PinwordError | null {
  if (projector === null) return null;
  const name = `The projector "${projector.files.weights.name}"`;
  const [reads, writes] = [projector.config[0]?.inputDim, projector.config.at(-1)?.outputDim];
  const { hidden_size: words } = textEncoder.config;
  if (writes !== words) {
    return new PinwordError(
      'unsupported-config',
      `${name} makes words of ${writes ?? 0} numbers, but this model's text encoder reads words of ${words}. Choose a projector that was made for a text encoder of width ${words}, or another model.`,
    );
  }
  const embeddings = imageEncoder?.config.projection_dim;
  if (embeddings !== undefined && reads !== embeddings) {
    return new PinwordError(
      'unsupported-config',
      `${name} reads image embeddings of ${reads ?? 0} numbers, but the image encoder gives ${embeddings}. Choose a projector that was made for ${embeddings}, or an image encoder that gives ${reads ?? 0}.`,
    );
  }
  return null;
}
