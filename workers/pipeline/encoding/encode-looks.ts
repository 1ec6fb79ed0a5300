import { defaultLook } from '../../api.ts';
import type { LoadedModel } from '../model/loaded-model.ts';
import type { SamplingControls } from '../denoising/sampler.ts';
import { lookGrids } from '../../graph/modules/look-grids.ts';
import { lookLayers } from '../../graph/modules/look-names.ts';
import type { UNetConfig } from '../../graph/config/unet-config.ts';
import type { Conditions } from '../modules/conditions.ts';
import type { LatentSize } from '../modules/latent-size.ts';
import type { EncodedLook } from '../modules/look-encoder.ts';
import { layerWeights } from '../modules/look-roles.ts';
import { LookSource, type LookTokens } from '../modules/look-source.ts';
import type { PinnedWords } from '../modules/pinned-words.ts';
import type { Backend } from '../../runtime/sessions.ts';
import type { LookingPin } from './pin-voices.ts';

/** Pins with the image tokens of their pictures. */
export interface EncodedLooks {
  readonly pins: readonly (LookingPin & { readonly tokens: LookTokens })[];
  readonly negative: EncodedLook;
}

/**
 * The image tokens of every pin's pictures, one after the other (Ye et al. 2023). The encoder is let go at once: it is the
 * largest part after the network.
 * @returns null where no pin has a look
 * @throws PinwordError for a picture that cannot be read, 'cancelled'; NonFiniteError where the encoder overflowed
 */
export async function encodeLooks(
  { lookEncoder }: Pick<LoadedModel, 'lookEncoder'>,
  pins: readonly LookingPin[],
  control: Pick<SamplingControls, 'throwIfCancelled'>,
): Promise<EncodedLooks | null> {
  if (lookEncoder === null || pins.length === 0) return null;
  try {
    const encoded: (LookingPin & { readonly tokens: LookTokens })[] = [];
    for (const pin of pins) {
      const tokens: LookTokens[] = [];
      for (const picture of pin.pictures) {
        await control.throwIfCancelled();
        tokens.push((await lookEncoder.encode(picture)).tokens);
      }
      encoded.push({ ...pin, tokens: joined(tokens) });
    }
    return { pins: encoded, negative: await lookEncoder.negative() };
  } finally {
    await lookEncoder.release();
  }
}

interface LookPlace {
  readonly backend: Backend;
  readonly unetConfig: UNetConfig;
  /** Of the latents. */
  readonly size: LatentSize;
  /** Those of all pins with a look, and of others that claim places. */
  readonly words: PinnedWords;
}

/** What the text says, with what pictures show beside it. Without pseudo-words the unified condition reads as the text. */
export function withLooks(text: Conditions, { pins, negative }: EncodedLooks, place: LookPlace): Conditions {
  const layers = lookLayers(place.unetConfig);
  const look = new LookSource(place.backend, {
    subjects: place.words.words.map((word) => {
      const looking = pins.find(({ pin }) => pin === word.pin);
      return {
        tokens: looking?.tokens ?? null,
        layerWeights: layerWeights(looking?.look.role ?? defaultLook.role, layers),
      };
    }),
    words: place.words,
    negative: negative.tokens,
    dimension: negative.dimension,
    layers: layers.map(({ index }) => index),
    grids: lookGrids(place.unetConfig, place.size),
  });
  return {
    ...text,
    branches: new Set([...text.branches, 'unified']),
    sources: [...text.sources, look],
    wordMaps: place.words,
  };
}

function joined(parts: readonly LookTokens[]): LookTokens {
  const all = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let start = 0;
  for (const part of parts) {
    all.set(part, start);
    start += part.length;
  }
  return all;
}
