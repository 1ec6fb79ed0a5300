import { PinwordError } from '../../errors.ts';
import type { FoundComponents } from './find-components.ts';

/**
 * A projector leads from one image encoder's embeddings to one text encoder's words: their widths must be its own.
 * @throws PinwordError 'unsupported-config' with both numbers
 */
export function requireMatchingProjector({
  projector,
  imageEncoder,
  textEncoder,
}: Pick<FoundComponents, 'projector' | 'imageEncoder' | 'textEncoder'>): void {
  if (projector === null) return;
  const name = `The projector "${projector.files.weights.name}"`;
  const [reads, writes] = [projector.config[0]?.inputDim, projector.config.at(-1)?.outputDim];
  const { hidden_size: words } = textEncoder.config;
  if (writes !== words) {
    throw new PinwordError(
      'unsupported-config',
      `${name} makes words of ${writes ?? 0} numbers, but this model's text encoder reads words of ${words}. Choose a projector that was made for a text encoder of width ${words}, or another model.`,
    );
  }
  const embeddings = imageEncoder?.config.projection_dim;
  if (embeddings !== undefined && reads !== embeddings) {
    throw new PinwordError(
      'unsupported-config',
      `${name} reads image embeddings of ${reads ?? 0} numbers, but the image encoder gives ${embeddings}. Choose a projector that was made for ${embeddings}, or an image encoder that gives ${reads ?? 0}.`,
    );
  }
}
