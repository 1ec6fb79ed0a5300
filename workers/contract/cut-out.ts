/** Subjects that are cut out of their pictures. Part of the contract: see api.ts. */

/**
 * What lies behind a subject that is cut out of its picture. The first is the default: training/evaluation/backdrops.py
 * measures which of them leaves the most of the subject to the encoder.
 */
export const backdrops = ['white', 'grey', 'blur'] as const;
export type Backdrop = (typeof backdrops)[number];

/** A subject without the background of its picture, which stays as it is. */
export interface CutOut {
  /** A PNG whose alpha channel is the share of the subject in each pixel, of any size in the picture's proportions. */
  readonly mask: Blob;
  /** SHA-256 of the mask's bytes, in hex. */
  readonly hash: string;
  readonly backdrop: Backdrop;
}
