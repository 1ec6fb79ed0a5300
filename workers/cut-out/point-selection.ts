import type { Tensor } from '@huggingface/transformers';

import type { Pixels } from '../api.ts';
import type { CutOutNetwork, CutOutPoint } from '../contract/cut-out-networks.ts';
import { PinwordError } from '../errors.ts';
import type { Mask } from '../images/cut-out.ts';
import { resize } from '../images/resize.ts';
import type { Ort } from '../runtime/onnx-runtime.ts';
import { badNetwork } from './bad-network.ts';
import { opaqueRgb } from './mask-pixels.ts';
import type { NetworkFiles } from './network-files.ts';
import { inputSizes } from './preprocessor.ts';
import { loadTransformers, provideFiles } from './transformers.ts';

/** A network that finds a subject from points on it and beside it. */
export interface PointSelection {
  /** @param hash of the picture: it is looked at once, however many points follow. @returns the subject's share of each pixel */
  find(picture: Pixels, hash: string, points: readonly CutOutPoint[]): Promise<Mask>;
}

/**
 * SAM (Kirillov et al., "Segment Anything") through transformers.js. Of its three answers the one that it trusts most is
 * taken; the logits' sigmoid is the soft edge.
 * @throws PinwordError 'bad-cut-out-network' where the files are none
 */
export async function openPointSelection(
  ort: Ort,
  id: string,
  { name, precision }: CutOutNetwork,
  files: NetworkFiles,
): Promise<PointSelection> {
  const refuse = (cause: unknown): never => {
    throw badNetwork(name, cause);
  };
  const library = await loadTransformers(ort);
  const sizeOf = await inputSizes(name, files);
  const path = provideFiles(id, files);
  const model = await library.SamModel.from_pretrained(path, { dtype: precision, device: 'auto' }).catch(refuse);
  const processor = await library.AutoProcessor.from_pretrained(path, {}).catch(refuse);
  if (!(model instanceof library.SamModel) || !(processor instanceof library.SamProcessor))
    throw badNetwork(name, new Error('It is no SAM.'));
  let seen: { readonly hash: string; readonly inputs: SamInputs; readonly embeddings: SamEmbeddings } | null = null;

  const look = async (picture: Pixels): Promise<Omit<NonNullable<typeof seen>, 'hash'>> => {
    const { width, height } = sizeOf(picture);
    const { data } = resize(opaqueRgb(picture), width, height, 'bilinear');
    const image = new library.RawImage(new Uint8ClampedArray(data), width, height, 3);
    const inputs = (await processor(image)) as SamInputs;
    return { inputs, embeddings: await model.get_image_embeddings(inputs) };
  };

  const select = async (picture: Pixels, hash: string, points: readonly CutOutPoint[]): Promise<Mask> => {
    if (seen?.hash !== hash) seen = { hash, ...(await look(picture)) };
    const { inputs, embeddings } = seen;
    const [height, width] = inputs.reshaped_input_sizes[0];
    const places = points.flatMap(({ x, y }) => [(x * width) / picture.width, (y * height) / picture.height]);
    const labels = points.map(({ isSubject }) => (isSubject ? 1n : 0n));
    const { iou_scores: scores, pred_masks: masks } = (await model({
      ...embeddings,
      input_points: new library.Tensor('float32', Float32Array.from(places), [1, 1, points.length, 2]),
      input_labels: new library.Tensor('int64', BigInt64Array.from(labels), [1, 1, points.length]),
    })) as SamAnswer;
    const [enlarged] = (await processor.post_process_masks(masks, inputs.original_sizes, inputs.reshaped_input_sizes, {
      binarize: false,
    })) as readonly Tensor[];
    const best = indexOfLargest(floats(scores));
    const area = width * height;
    const logits = floats(enlarged).subarray(best * area, (best + 1) * area);
    if (logits.length !== area) throw new Error('It gave no mask of the size of the picture.');
    return { width, height, data: Uint8Array.from(logits, (logit) => Math.round(255 / (1 + Math.exp(-logit)))) };
  };
  return {
    find: (picture, hash, points) => {
      if (points.length === 0) throw new PinwordError('internal', 'Set a point on the subject first.');
      return select(picture, hash, points).catch(refuse);
    },
  };
}

type HeightWidth = readonly [number, number];

/** What of the library's answers is used; it types them as anything. */
interface SamInputs {
  readonly pixel_values: Tensor;
  readonly original_sizes: readonly [HeightWidth];
  readonly reshaped_input_sizes: readonly [HeightWidth];
}
interface SamEmbeddings {
  readonly image_embeddings: Tensor;
  readonly image_positional_embeddings: Tensor;
}
interface SamAnswer {
  /** [1, 1, 3] */
  readonly iou_scores: Tensor;
  /** [1, 1, 3, 256, 256] logits */
  readonly pred_masks: Tensor;
}

function floats(tensor: Tensor | undefined): Float32Array {
  const data: unknown = tensor?.data;
  if (data instanceof Float32Array) return data;
  throw new Error('It answered in other numbers than float32.');
}

function indexOfLargest(values: Float32Array): number {
  return values.reduce((best, value, index) => (value > (values[best] ?? -Infinity) ? index : best), 0);
}
