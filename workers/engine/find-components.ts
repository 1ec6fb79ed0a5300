import { blobSource } from '../checkpoint/byte-source.ts';
import { readProjectorFile } from '../checkpoint/projector-files.ts';
import { PinwordError } from '../errors.ts';
import type { AutoencoderConfig } from '../graph/config/autoencoder-config.ts';
import type { ClipTextConfig, ClipVisionConfig } from '../graph/config/clip-config.ts';
import type { ProjectorLayer } from '../graph/config/projector-config.ts';
import type { UNetConfig } from '../graph/config/unet-config.ts';
import type { Checkpoint } from './checkpoint.ts';
import { checkComponent, type ComponentRecipe, type FoundComponent } from './component.ts';
import { imageEncoderRecipe, projectorRecipe, textEncoderRecipe, unetRecipe, vaeRecipe } from './recipes.ts';

/** The modules of a model after their configs and headers were checked. */
export interface FoundComponents {
  readonly unet: FoundComponent<UNetConfig>;
  readonly vae: FoundComponent<AutoencoderConfig>;
  readonly textEncoder: FoundComponent<ClipTextConfig>;
  readonly imageEncoder: FoundComponent<ClipVisionConfig> | null;
  /** The same object as imageEncoder where that is taken from inside it. */
  readonly safetyChecker: FoundComponent<ClipVisionConfig> | null;
  readonly projector: FoundComponent<readonly ProjectorLayer[]> | null;
}

/** Where modules come from other places than the checkpoint. */
export interface ComponentChoices {
  /** A checkpoint that brings the image encoder instead; null takes the checkpoint's own. */
  readonly imageEncoder: Checkpoint | null;
  /** A projector file instead of the checkpoint's own, and the config.json of our own format. */
  readonly projector: { readonly file: File; readonly config: File | null } | null;
}

/**
 * Reads configs and headers and checks that they belong together; no weights are read.
 * The vision tower comes from image_encoder, or from inside the safety checker.
 * @throws PinwordError 'file-not-found' | 'unsupported-config' | 'missing-tensor' | 'extra-tensor' | 'tensor-shape' | …
 */
export async function findComponents(checkpoint: Checkpoint, choices: ComponentChoices): Promise<FoundComponents> {
  const safetyChecker = await find(checkpoint, imageEncoderRecipe('safety_checker'));
  const own = choices.imageEncoder === null ? (await find(checkpoint, imageEncoderRecipe('image_encoder'))) ?? safetyChecker : null;
  return {
    unet: await require(checkpoint, unetRecipe),
    vae: await require(checkpoint, vaeRecipe),
    textEncoder: await require(checkpoint, textEncoderRecipe),
    imageEncoder: choices.imageEncoder === null ? own : await require(choices.imageEncoder, imageEncoderRecipe('image_encoder')),
    safetyChecker,
    projector: choices.projector === null ? await find(checkpoint, projectorRecipe) : await findProjectorFile(choices.projector),
  };
}

async function find<C>(checkpoint: Checkpoint, recipe: ComponentRecipe<C>): Promise<FoundComponent<C> | null> {
  const files = await checkpoint.component(recipe.folder);
  return files === null ? null : checkComponent(recipe, files);
}

async function require<C>(checkpoint: Checkpoint, recipe: ComponentRecipe<C>): Promise<FoundComponent<C>> {
  const found = await find(checkpoint, recipe);
  if (found !== null) return found;
  throw checkpoint.whyMissing(`${recipe.folder}/config.json`) ?? new PinwordError(
    'file-not-found',
    `${checkpoint.name} has no ${recipe.folder}/config.json. Choose a Stable Diffusion 1.x model in diffusers layout, or a single .safetensors file.`,
  );
}

/** A projector as LinCIR, SEARLE and Pic2Word publish it, or as training/ exports it. */
async function findProjectorFile({ file, config: given }: NonNullable<ComponentChoices['projector']>): Promise<FoundComponent<readonly ProjectorLayer[]>> {
  const weights = blobSource(file.name, file);
  const { config, table } = await readProjectorFile(weights);
  const json = given === null ? blobSource(`${file.name}/config.json`, new Blob([JSON.stringify(config)])) : blobSource(given.name, given);
  return checkComponent(projectorRecipe, { folder: 'projector', config: json, weights, table });
}
