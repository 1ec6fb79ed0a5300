import { z } from 'zod';

import type { Pixels, Region } from '../api.ts';
import { PinwordError } from '../errors.ts';
import { opaque } from './opaque.ts';
import { type FilterName, resize, type RgbImage } from './resize.ts';

/** No vision network reads more; a file's number must not fill the memory. */
const maxEdge = 2048;
const edge = z.int().positive().max(maxEdge);
const square = edge.transform((size) => ({ height: size, width: size }));
const rectangle = z.object({ height: edge, width: edge });
const shortest = z.object({ shortest_edge: edge });
/** Of values up to 255. What is far beyond them is no number any more in float32, and a picture of such numbers is black. */
const level = z.number().min(-1e4).max(1e4);
const deviation = z.number().min(1e-4).max(1e4);
const clipSize = 224;

/** Pillow's numbers of its filters. */
const filterNames: ReadonlyMap<number, FilterName> = new Map([
  [1, 'lanczos'],
  [2, 'bilinear'],
  [3, 'bicubic'],
]);

const schema = z.object({
  do_resize: z.boolean().default(true),
  size: z
    .union([edge.transform((size) => ({ shortest_edge: size })), shortest, rectangle])
    .default({ shortest_edge: clipSize }),
  resample: z.int().default(3),
  do_center_crop: z.boolean().default(true),
  crop_size: z.union([square, rectangle]).default({ height: clipSize, width: clipSize }),
  do_rescale: z.boolean().default(true),
  rescale_factor: z
    .number()
    .positive()
    .max(1e4)
    .default(1 / 255),
  do_normalize: z.boolean().default(true),
  image_mean: z.tuple([level, level, level]).default([0.48145466, 0.4578275, 0.40821073]),
  image_std: z.tuple([deviation, deviation, deviation]).default([0.26862954, 0.26130258, 0.27577711]),
});

/** The config of a CLIPImageProcessor in transformers' own keys. */
export type ImageProcessorConfig = Omit<z.output<typeof schema>, 'resample'> & { readonly resample: FilterName };

/**
 * @param config what preprocessor_config.json holds; null stands for CLIP's own settings.
 * @throws PinwordError 'unsupported-config' naming the key
 */
export function parseImageProcessorConfig(
  config: unknown,
  file = 'feature_extractor/preprocessor_config.json',
): ImageProcessorConfig {
  const parsed = schema.safeParse(config ?? {});
  if (!parsed.success) {
    throw unsupported(`${parsed.error.issues[0]?.path.join('.') ?? ''} in ${file} is of an unknown form`);
  }
  const resample = filterNames.get(parsed.data.resample);
  if (resample === undefined)
    throw unsupported(`resample in ${file} is ${parsed.data.resample}, a filter that is not known here`);
  return { ...parsed.data, resample };
}

/** Size of what processImage gives, in pixels; null where it depends on the picture. */
export function processedSize({
  do_center_crop: crops,
  crop_size: crop,
  do_resize: resizes,
  size,
}: ImageProcessorConfig): { readonly height: number; readonly width: number } | null {
  if (crops) return crop;
  return resizes && 'height' in size ? size : null;
}

function unsupported(what: string): PinwordError {
  return new PinwordError('unsupported-config', `This checkpoint cannot be used: ${what}.`);
}

/**
 * Prepares a picture as transformers' CLIPImageProcessor does: resize, center crop, rescale, normalize. What is
 * transparent is seen on white.
 * @param region the part of the picture to take; null takes all of it
 * @returns pixel_values [3, S, S] f32
 */
export function processImage(
  pixels: Pixels,
  region: Region | null,
  config: ImageProcessorConfig,
): Float32Array<ArrayBuffer> {
  let image = regionOf(pixels, region);
  if (config.do_resize) image = resizeTo(image, config);
  const { width, height } = config.do_center_crop ? config.crop_size : image;
  return toPlanes(image, width, height, config);
}

/** The region as RGB. A region that reaches over the edge is cut to the picture. */
function regionOf(pixels: Pixels, region: Region | null): RgbImage {
  const { width, height } = pixels;
  const left = clamp(region?.x ?? 0, 0, width - 1);
  const top = clamp(region?.y ?? 0, 0, height - 1);
  const columns = clamp(region?.size ?? width, 1, width - left);
  const rows = clamp(region?.size ?? height, 1, height - top);
  return opaque(pixels, { left, top, width: columns, height: rows });
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, Math.round(value)));
}

function resizeTo(image: RgbImage, { size, resample }: ImageProcessorConfig): RgbImage {
  if ('height' in size) return resize(image, size.width, size.height, resample);
  const short = Math.min(image.width, image.height);
  const scaled = (length: number): number => Math.trunc((size.shortest_edge * length) / short);
  return resize(image, scaled(image.width), scaled(image.height), resample);
}

/** The centered rectangle as normalized planes; beyond the picture lies black. */
function toPlanes(
  image: RgbImage,
  width: number,
  height: number,
  config: ImageProcessorConfig,
): Float32Array<ArrayBuffer> {
  const left = Math.floor((image.width - width) / 2);
  const top = Math.floor((image.height - height) / 2);
  const scale = config.do_rescale ? config.rescale_factor : 1;
  const planes = new Float32Array(3 * width * height);
  let target = 0;
  for (let channel = 0; channel < 3; channel++) {
    const mean = config.do_normalize ? (config.image_mean[channel] ?? 0) : 0;
    const deviation = config.do_normalize ? (config.image_std[channel] ?? 1) : 1;
    for (let y = top; y < top + height; y++) {
      for (let x = left; x < left + width; x++) {
        const inside = x >= 0 && x < image.width && y >= 0 && y < image.height;
        const value = inside ? (image.data[(y * image.width + x) * 3 + channel] ?? 0) : 0;
        planes[target++] = (value * scale - mean) / deviation;
      }
    }
  }
  return planes;
}
