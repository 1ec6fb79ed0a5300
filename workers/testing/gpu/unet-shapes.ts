import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { z } from 'zod';

import { referenceData } from '../reference/folder-files.ts';

const shapesSchema = z.object({
  config: z.looseObject({ block_out_channels: z.array(z.int()) }),
  tensors: z.record(z.string(), z.array(z.int())),
});

/** Names and shapes of a UNet's tensors, and its config. */
export type UNetShapes = z.output<typeof shapesSchema>;

/** @param path of the file; Stable Diffusion 1.5's where it is left out */
export async function readUNetShapes(path = join(referenceData, 'shapes/sd15-unet.json')): Promise<UNetShapes> {
  return shapesSchema.parse(JSON.parse(await readFile(path, 'utf8')));
}
