import { z } from 'zod';

import type { ImageSize } from '../api.ts';
import { parseJsonText } from '../checkpoint/json/json-file.ts';
import { badNetwork } from './bad-network.ts';
import { sizeWithEdge } from './mask-pixels.ts';
import type { NetworkFiles } from './network-files.ts';

const edge = z.int().positive().max(2048);
const schema = z.object({
  size: z.union([
    z.object({ width: edge, height: edge }),
    z.object({ longest_edge: edge }),
    edge.transform((size) => ({ width: size, height: size })),
  ]),
});

/**
 * The size at which a network reads pictures, as its preprocessor_config.json has it. Pictures are resized here, as Pillow
 * does it: transformers.js would take a canvas, and every browser's is another.
 * @throws PinwordError 'bad-cut-out-network'
 */
export async function inputSizes(name: string, files: NetworkFiles): Promise<(picture: ImageSize) => ImageSize> {
  const text = await files.get('preprocessor_config.json')?.text();
  try {
    const { size } = schema.parse(parseJsonText(text ?? ''));
    return 'width' in size ? () => size : (picture) => sizeWithEdge(picture, size.longest_edge);
  } catch (cause) {
    throw badNetwork(name, cause);
  }
}
