import type { z } from 'zod';

import { whatIsWrong } from '../../checkpoint/json/schema-issue.ts';
import { PinwordError } from '../../errors.ts';

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
