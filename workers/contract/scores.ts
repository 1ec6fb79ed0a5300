/** How near pictures are to what they should show. Part of the contract: see api.ts. */
import type { Subject } from './caption.ts';

/** What a loaded model can score pictures with: its CLIP image encoder, and its text encoder as it was before LoRA files. */
export interface Judge {
  /** Names the encoders: scores of different ones do not compare. */
  readonly id: string;
  /**
   * The matrix that brings captions to where pictures are: with the model, or CLIP ViT-L/14's, which its encoders are; null
   * where none is known that fits.
   */
  readonly textProjection: 'at-hand' | 'clip-vit-large-patch14' | null;
}

export interface ScoreRequest {
  readonly pictures: readonly {
    readonly image: Blob;
    /** Tells it from other pictures. */
    readonly id: string;
  }[];
  /** Pictures of each pin; embeddings among them are left out. */
  readonly subjects: readonly (readonly Subject[])[];
  readonly caption: string;
  /** A safetensors file with `text_projection.weight`, where the model has none at hand. */
  readonly textProjection: Blob | null;
}

/** Pictures and captions, each of which is compared with each. */
export interface CaptionScoreRequest extends Pick<ScoreRequest, 'pictures' | 'textProjection'> {
  readonly captions: readonly string[];
}

/** Cosines of one picture, −1 to 1; null where there is nothing to compare with. */
export interface PictureScores {
  /** CLIP-I (Ruiz et al. 2023, 4.2): the mean over a pin's pictures, and over pins. */
  readonly subject: number | null;
  /** CLIP-T. */
  readonly caption: number | null;
}
