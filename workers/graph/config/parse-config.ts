import type { z } from 'zod';

import { PinwordError } from '../../errors.ts';

/**
 * Checks what a config.json says against what the builders can build.
 * @param file what the user knows the config as, e.g. 'unet/config.json'.
 * @throws PinwordError 'unsupported-config' naming the key and its value.
 */
export function parseConfig<T>(schema: z.ZodType<T>, config: unknown, file: string): T {
  const result = schema.safeParse(config);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const key = issue?.path.join('.') ?? '';
  const value = issue === undefined ? config : valueAt(config, issue.path);
  const what = key === '' ? file : `${key} in ${file}`;
  throw new PinwordError(
    'unsupported-config',
    `${what} is ${shorten(JSON.stringify(value))}, which is not supported: ${issue?.message ?? 'unknown form'}. Choose a Stable Diffusion 1.x checkpoint.`,
  );
}

function valueAt(config: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) => (typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined),
    config,
  );
}

function shorten(json: string | undefined): string {
  if (json === undefined) return 'absent';
  return json.length > 80 ? `${json.slice(0, 80)}…` : json;
}
