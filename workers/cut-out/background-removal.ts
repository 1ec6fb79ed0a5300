import type { Pixels } from '../api.ts';
import type { CutOutNetwork } from '../contract/cut-out-networks.ts';
import type { Mask } from '../images/cut-out.ts';
import { resize } from '../images/resize.ts';
import type { Ort } from '../runtime/onnx-runtime.ts';
import { badNetwork } from './bad-network.ts';
import { opaqueRgb } from './mask-pixels.ts';
import type { NetworkFiles } from './network-files.ts';
import { inputSizes } from './preprocessor.ts';
import { loadTransformers, provideFiles } from './transformers.ts';

/** A network that finds the subject by itself. */
export interface BackgroundRemoval {
  /** @returns the subject's share of each pixel, at the network's own size */
  find(picture: Pixels): Promise<Mask>;
}

/**
 * transformers.js' pipeline "background-removal" with the files of a network.
 * @throws PinwordError 'bad-cut-out-network' where they are none
 */
export async function openBackgroundRemoval(
  ort: Ort,
  id: string,
  { name, precision }: CutOutNetwork,
  files: NetworkFiles,
): Promise<BackgroundRemoval> {
  const library = await loadTransformers(ort);
  const sizeOf = await inputSizes(name, files);
  const remove = await library
    .pipeline('background-removal', provideFiles(id, files), { dtype: precision, device: 'auto' })
    .catch((cause: unknown) => {
      throw badNetwork(name, cause);
    });
  return {
    find: async (picture) => {
      const { width, height } = sizeOf(picture);
      const { data } = resize(opaqueRgb(picture), width, height, 'bilinear');
      const image = new library.RawImage(new Uint8ClampedArray(data), width, height, 3);
      const found = await remove(image).catch((cause: unknown) => {
        throw badNetwork(name, cause);
      });
      return alphaOf(found, name);
    },
  };
}

interface RgbaImage {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly data: Uint8Array | Uint8ClampedArray;
}

function alphaOf({ width, height, channels, data }: RgbaImage, name: string): Mask {
  if (channels !== 4 || data.length !== width * height * 4) throw badNetwork(name, new Error('It gave no alpha.'));
  return { width, height, data: Uint8Array.from({ length: width * height }, (_, index) => data[index * 4 + 3] ?? 0) };
}
