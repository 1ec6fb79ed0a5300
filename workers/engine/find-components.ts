import { PinwordError } from '../errors.ts';
import type { AutoencoderConfig } from '../graph/config/autoencoder-config.ts';
import type { ClipTextConfig, ClipVisionConfig } from '../graph/config/clip-config.ts';
import type { ProjectorLayer } from '../graph/config/projector-config.ts';
import type { UNetConfig } from '../graph/config/unet-config.ts';
import type { Checkpoint } from './checkpoint.ts';
import { checkComponent, type ComponentRecipe, type FoundComponent } from './component.ts';
import { imageEncoderRecipe, projectorRecipe, textEncoderRecipe, unetRecipe, vaeRecipe } from './recipes.ts';

/** The modules of a checkpoint after their configs and headers were checked. */
export interface FoundComponents {
  readonly unet: FoundComponent<UNetConfig>;
  readonly vae: FoundComponent<AutoencoderConfig>;
  readonly textEncoder: FoundComponent<ClipTextConfig>;
  readonly imageEncoder: FoundComponent<ClipVisionConfig> | null;
  readonly projector: FoundComponent<readonly ProjectorLayer[]> | null;
}

/**
 * Reads configs and headers and checks that they belong together; no weights are read.
 * The vision tower comes from image_encoder, or from inside the safety checker.
 * @throws PinwordError 'file-not-found' | 'unsupported-config' | 'missing-tensor' | 'extra-tensor' | 'tensor-shape' | …
 */
export async function findComponents(checkpoint: Checkpoint): Promise<FoundComponents> {
  const find = async <C>(recipe: ComponentRecipe<C>): Promise<FoundComponent<C> | null> => {
    const files = await checkpoint.component(recipe.folder);
    return files === null ? null : checkComponent(recipe, files);
  };
  const required = async <C>(recipe: ComponentRecipe<C>): Promise<FoundComponent<C>> => {
    const found = await find(recipe);
    if (found !== null) return found;
    throw checkpoint.whyMissing(`${recipe.folder}/config.json`) ?? new PinwordError(
      'file-not-found',
      `${checkpoint.name} has no ${recipe.folder}/config.json. Choose a Stable Diffusion 1.x model in diffusers layout, or a single .safetensors file.`,
    );
  };
  return {
    unet: await required(unetRecipe),
    vae: await required(vaeRecipe),
    textEncoder: await required(textEncoderRecipe),
    imageEncoder: (await find(imageEncoderRecipe('image_encoder'))) ?? (await find(imageEncoderRecipe('safety_checker'))),
    projector: await find(projectorRecipe),
  };
}
