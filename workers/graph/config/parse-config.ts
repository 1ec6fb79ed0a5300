import { z } from 'zod';

import { whatIsWrong } from '../../checkpoint/json/schema-issue.ts';
import { PinwordError } from '../../errors.ts';

/** A width, an edge, a count of channels or words. Descriptions of larger ones would fill the memory. */
export const size = z.int().positive().max(1_000_000);

const mostLayers = 1_000;

/** How many layers; bounded as sizes are. */
export const layerCount = z.int().positive().max(mostLayers);

/** The same where there may be none. */
export const optionalLayerCount = z.int().min(0).max(mostLayers);

/**
 * Checks what a config.json says against what the builders can build.
 * @param file what the user knows the config as, e.g. 'unet/config.json'.
 * @param advice what to choose instead
 * @throws PinwordError 'unsupported-config' naming the key and its value.
 */
export function parseConfig<T>(
  schema: z.ZodType<T>,
  config: unknown,
  file: string,
  advice = 'a Stable Diffusion 1.x checkpoint',
): T {
  const result = schema.safeParse(config);
  if (result.success) return result.data;
  const { key, found, expected } = whatIsWrong(result.error, config);
  throw new PinwordError(
    'unsupported-config',
    `${key === '' ? file : `${key} in ${file}`} is ${found}, which is not supported: ${expected}. Choose ${advice}.`,
    { cause: result.error },
  );
}
