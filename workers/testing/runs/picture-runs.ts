import { z } from 'zod';

import type { GenerateRequest } from '../../api.ts';
import { literalText } from '../../contract/prompt-weights.ts';
import { plainRequest } from './reference-engine.ts';
import { findReferenceJson, readReferenceFile, readWeightFile, tensorBytes } from '../reference/reference-file.ts';

const commonSchema = z.object({
  name: z.string(),
  caption: z.string(),
  negativePrompt: z.string(),
  guidanceScale: z.number(),
  steps: z.int(),
  seed: z.int(),
  height: z.int(),
  width: z.int(),
});

/** Whole runs of StableDiffusionPipeline (workers/reference/picture_runs.py) with what a test says about them. */
export async function readPictureRuns<Shape extends z.ZodRawShape>(folder: string, about: Shape) {
  return z.array(commonSchema.extend(about)).parse(await findReferenceJson(`${folder}/runs.json`));
}

/** The picture of diffusers, [3, h, w] in 0…1. */
export async function readPicture(folder: string, name: string): Promise<Float32Array> {
  const { bytes } = tensorBytes(await readWeightFile(`${folder}/pictures.safetensors`), name);
  return Float32Array.from(bytes, (level) => level / 255);
}

/** The request for a run's picture, on text alone. diffusers knows no weights: brackets are text. */
export function requestOfPicture({
  caption,
  negativePrompt,
  guidanceScale,
  steps,
  seed,
  height,
  width,
}: z.output<typeof commonSchema>): GenerateRequest {
  return {
    ...plainRequest,
    caption: literalText(caption),
    negativePrompt: literalText(negativePrompt),
    guidanceScale,
    steps,
    seed,
    height,
    width,
  };
}

/** A file beside the runs, as a person chooses it. @param path relative to the folder */
export async function referenceUpload(folder: string, path: string): Promise<File> {
  return new File([await readReferenceFile(`${folder}/${path}`)], path.replace(/^.*\//u, ''));
}
