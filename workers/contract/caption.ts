/** The caption, what its words are, and what is pinned on them. Part of the contract: see api.ts. */
import type { CutOut } from './cut-out.ts';
import type { LookRole } from './limits.ts';

/** A textual-inversion embedding that a text can name. */
export interface EmbeddingWord {
  /** What is typed to mean it, e.g. "<cat-toy>": without whitespace, in any case, not inside a longer word. */
  readonly trigger: string;
  /** Positions that it takes. */
  readonly vectors: number;
}

/** An embedding whose trigger word means it in caption and negative prompt. */
export interface InstalledEmbedding {
  readonly trigger: string;
  readonly file: File;
}

/** One word of the caption (words.ts) and where its tokens lie. */
export interface CaptionWord {
  readonly text: string;
  /** Positions in the 77-token sequence that a pin on this word replaces; empty when the word was cut off. */
  readonly positions: readonly number[];
  /** Tokens of this word with its punctuation. */
  readonly tokenCount: number;
  readonly cutOff: boolean;
  /** The installed embeddings that the word names, in order. */
  readonly embeddings: readonly EmbeddingWord[];
}

export interface CaptionTokens {
  readonly words: readonly CaptionWord[];
  /** Tokens used, BOS and EOS included, before cutting. */
  readonly tokenCount: number;
  /** Tokens that fit (77 for CLIP). */
  readonly limit: number;
}

/** A square region of an image, in its own pixels (after EXIF rotation). That of a cut-out may reach over the edge. */
export interface Region {
  readonly x: number;
  readonly y: number;
  readonly size: number;
}

/** Size of an image after EXIF rotation, in pixels. */
export interface ImageSize {
  readonly width: number;
  readonly height: number;
}

/** A picture that can be pinned. */
export interface InspectedImage extends ImageSize {
  /** SHA-256 of the bytes that are to be kept, in hex. */
  readonly hash: string;
  /** The picture upright, as a PNG, where its EXIF data lays it on its side and browsers do not turn it; else null. */
  readonly upright: Blob | null;
}

/** What is pinned on a word: a picture, or a textual-inversion embedding (one or many vectors). */
export type Subject =
  | {
      readonly kind: 'picture';
      readonly image: Blob;
      /** What tells it from other pictures: see InspectedImage. */
      readonly hash: string;
      readonly region: Region | null;
      /** Absent: the picture is seen as it is. */
      readonly cutOut?: CutOut;
    }
  | { readonly kind: 'embedding'; readonly file: File };

/** How the pictures of a pin speak by their look: through an adapter of the IP-Adapter family. */
export interface PinLook {
  /** A look that is off is not even encoded; it cannot be switched on while the picture forms. */
  readonly on: boolean;
  /** How strongly, from the start on: see lookStrength in limits.ts. It can be changed while the picture forms. */
  readonly strength: number;
  /** What of the pictures is taken over: a choice of layers. */
  readonly role: LookRole;
}

/** How the pictures of a pin give their fine detail: through keys and values of their own in late self-attentions. */
export interface PinDetail {
  /**
   * How strongly, from the start on: see detailStrength in limits.ts. It can be changed while the picture forms, but for
   * one of 0, which is no detail.
   */
  readonly strength: number;
}

/** How strongly each pin of a request speaks, in its order; 0 by a voice that it has not. */
export interface PinStrengths {
  readonly look: readonly number[];
  readonly detail: readonly number[];
}

/** A part of the picture that is made: its left upper corner and its size, as shares of the picture's width and height. */
export interface PictureArea {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Pin {
  /** Index of the word among the caption's words (words.ts), from 0. */
  readonly word: number;
  /**
   * Pictures of one subject, or an embedding. Pseudo-words of several subjects are averaged; their looks are attended to
   * together.
   */
  readonly subjects: readonly Subject[];
  readonly look: PinLook;
  /** Absent: no fine detail is copied. Each picture of the pin then costs a run of the network more at every step. */
  readonly detail?: PinDetail;
  /** Where in the picture look and detail may be; null where nobody said. */
  readonly area: PictureArea | null;
}
