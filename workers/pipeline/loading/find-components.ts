import type { Notice } from '../../api.ts';
import { blobSource } from '../../checkpoint/byte-source.ts';
import { refuseOtherLayoutFamilies } from '../../checkpoint/layout-family.ts';
import { readProjectorFile } from '../../checkpoint/projector-files.ts';
import { PinwordError } from '../../errors.ts';
import type { AutoencoderConfig } from '../../graph/config/autoencoder-config.ts';
import type { ClipTextConfig, ClipVisionConfig } from '../../graph/config/clip-config.ts';
import type { ProjectorLayer } from '../../graph/config/projector-config.ts';
import type { UNetConfig } from '../../graph/config/unet-config.ts';
import { borrowImageEncoder } from './borrow-image-encoder.ts';
import type { Checkpoint } from './checkpoint.ts';
import { checkComponent, type ComponentSpec, type FoundComponent } from './found-component.ts';
import { find, findUsable, type Usable } from './find-component.ts';
import { requireMatchingProjector } from './match-projector.ts';
import {
  imageEncoderSpec,
  projectorSpec,
  safetyCheckerSpec,
  textEncoderSpec,
  unetSpec,
  vaeSpec,
} from './component-specs.ts';

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

/** What a search gave. */
export interface Finding {
  readonly found: FoundComponents;
  /** What the checkpoint has but cannot be used. */
  readonly notices: readonly Notice[];
}

/**
 * Reads configs and headers and checks that they belong together; no weights are read.
 * The vision tower comes from image_encoder, or from inside the safety checker.
 * @throws PinwordError 'file-not-found' | 'unsupported-config' | 'missing-tensor' | 'extra-tensor' | 'tensor-shape' | …
 */
export async function findComponents(checkpoint: Checkpoint, choices: ComponentChoices): Promise<Finding> {
  refuseOtherLayoutFamilies(
    await checkpoint.json('model_index.json'),
    await checkpoint.json('unet/config.json'),
    checkpoint.name,
  );
  const safetyChecker = await findUsable(checkpoint, safetyCheckerSpec);
  const own = choices.imageEncoder === null ? await findUsable(checkpoint, imageEncoderSpec('image_encoder')) : nothing;
  const found: FoundComponents = {
    unet: await require(checkpoint, unetSpec),
    vae: await require(checkpoint, vaeSpec),
    textEncoder: await require(checkpoint, textEncoderSpec),
    imageEncoder:
      choices.imageEncoder === null ? (own.part ?? safetyChecker.part) : await borrowImageEncoder(choices.imageEncoder),
    safetyChecker: safetyChecker.part,
    projector:
      choices.projector === null ? await find(checkpoint, projectorSpec) : await findProjectorFile(choices.projector),
  };
  requireMatchingProjector(found);
  return { found, notices: [...noticeOf(safetyChecker, 'safety checker'), ...noticeOf(own, 'image encoder')] };
}

const nothing: Usable<ClipVisionConfig> = { part: null, reason: null };

function noticeOf({ reason }: Usable<unknown>, what: string): Notice[] {
  return reason === null
    ? []
    : [{ code: `no-${what.replace(' ', '-')}`, message: `The model runs without its ${what}. ${reason.message}` }];
}

async function require<C>(checkpoint: Checkpoint, spec: ComponentSpec<C>): Promise<FoundComponent<C>> {
  const found = await find(checkpoint, spec);
  if (found !== null) return found;
  throw (
    checkpoint.whyMissing(`${spec.folder}/config.json`) ??
    new PinwordError(
      'file-not-found',
      `${checkpoint.name} has no ${spec.folder}/config.json. Choose a Stable Diffusion 1.x model in diffusers layout, or a single .safetensors file.`,
    )
  );
}

/** A projector as LinCIR, SEARLE and Pic2Word publish it, or as training/ exports it. */
async function findProjectorFile({
  file,
  config: given,
}: NonNullable<ComponentChoices['projector']>): Promise<FoundComponent<readonly ProjectorLayer[]>> {
  const weights = blobSource(file.name, file);
  const { config, table } = await readProjectorFile(weights);
  const json =
    given === null
      ? blobSource(`${file.name}/config.json`, new Blob([JSON.stringify(config)]))
      : blobSource(given.name, given);
  return checkComponent(projectorSpec, { folder: 'projector', config: json, weights, table }, null);
}
