import type { Judge } from '../../api.ts';
import {
  holdsTextProjection,
  readTextProjection,
  type ProjectionWidths,
} from '../../checkpoint/kinds/text-projection.ts';
import { precisions, type ComputeDtype, type Precision } from '../../contract/memory.ts';
import type { ModelJudge } from '../model/loaded-model.ts';
import type { LoadedParts, Preprocessors } from '../model/modules.ts';
import type { JudgeParts } from '../modules/clip-judge.ts';
import type { FoundPart, FoundParts } from './found-part.ts';
import { PartLoader, type LoadWeights, type Transforms } from './load-parts.ts';

type ImageEncoder = NonNullable<FoundParts['imageEncoder']>;

/** What scores need besides headers. */
interface JudgeSources {
  /** In the precision of the model. */
  readonly parts: LoadedParts;
  readonly preprocessors: Preprocessors;
  readonly load: LoadWeights;
  readonly transforms: Transforms;
  readonly dtype: ComputeDtype;
}

/** What the window is told of it. */
export function describeJudge({ textEncoder, imageEncoder }: FoundParts): Judge | null {
  if (imageEncoder === null) return null;
  const origins = [imageEncoder, textEncoder].map(({ origin }) => origin?.identity ?? origin?.name ?? '');
  return {
    id: [...new Set(origins)].join(' '),
    textProjection:
      holder(textEncoder, imageEncoder) !== null
        ? 'at-hand'
        : isViTL14(textEncoder, imageEncoder)
          ? 'clip-vit-large-patch14'
          : null,
  };
}

/**
 * What scores the pictures of a model. The text encoder is read once more where LoRA files changed it: scores of different
 * weights are to compare.
 */
export function findJudge(found: FoundParts, sources: JudgeSources): ModelJudge | null {
  const { textEncoder, imageEncoder } = found;
  if (imageEncoder === null) return null;
  const projection = holder(textEncoder, imageEncoder);
  const widths = widthsOf(textEncoder, imageEncoder);
  return {
    preprocessor: sources.preprocessors.imageEncoder,
    widths,
    ownTextProjection:
      projection === null ? null : () => readTextProjection(projection.files.weights, projection.files.table, widths),
    load: (precision, signal) => loadParts(found, sources, precision, signal),
  };
}

async function loadParts(
  found: FoundParts,
  { parts, load, transforms, dtype }: JudgeSources,
  precision: Precision,
  signal: AbortSignal,
): Promise<JudgeParts> {
  const wanted = precisions[precision].dtype;
  const isAtHand = (part: FoundPart<unknown>): boolean =>
    wanted === dtype && ![...part.usedTensors].some((name) => transforms[part.id]?.touches(name));
  const encoders: readonly (FoundPart<unknown> | null)[] = [found.imageEncoder, found.textEncoder];
  const missing = encoders.filter((part) => part !== null).filter((part) => !isAtHand(part));
  const options = { load, dtype: wanted, transforms: {}, signal, onProgress: () => undefined };
  const again: Partial<LoadedParts> = await new PartLoader(missing, options).load(found);
  const imageEncoder = again.imageEncoder ?? parts.imageEncoder;
  if (imageEncoder === null) throw new RangeError('The image encoder was not loaded.');
  return { imageEncoder, textEncoder: again.textEncoder ?? parts.textEncoder };
}

function widthsOf(textEncoder: FoundParts['textEncoder'], imageEncoder: ImageEncoder): ProjectionWidths {
  return { to: imageEncoder.config.projection_dim, from: textEncoder.config.hidden_size };
}

/** The file on this machine, or of this site, that holds one that fits: a whole CLIP model has it beside either encoder. */
function holder(textEncoder: FoundParts['textEncoder'], imageEncoder: ImageEncoder): FoundPart<unknown> | null {
  const widths = widthsOf(textEncoder, imageEncoder);
  const places: readonly FoundPart<unknown>[] = [textEncoder, imageEncoder];
  return (
    places.find(({ origin, files }) => origin?.identity == null && holdsTextProjection(files.table, widths)) ?? null
  );
}

/** Whether both encoders have the shape of CLIP ViT-L/14, as all of Stable Diffusion 1.x have. */
function isViTL14({ config: text }: FoundParts['textEncoder'], { config: vision }: ImageEncoder): boolean {
  return (
    text.hidden_size === 768 &&
    text.num_hidden_layers === 12 &&
    vision.hidden_size === 1024 &&
    vision.num_hidden_layers === 24 &&
    vision.patch_size === 14 &&
    vision.projection_dim === 768
  );
}
