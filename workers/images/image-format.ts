import type { Orientation } from './exif-orientation.ts';

type ImageFormat = 'png' | 'jpeg' | 'webp' | 'gif' | 'bmp' | 'avif' | 'heic';

/** What a picture file says about itself before it is decoded. */
export interface ImageHeader {
  readonly format: ImageFormat;
  /** Pixels as stored, before EXIF rotation. */
  readonly width: number;
  readonly height: number;
  /** How a WebP's EXIF data says that it is turned; browsers turn the other formats themselves. */
  readonly orientation?: Orientation;
  /** False where the file ends before its own structure does. */
  readonly complete: boolean;
}
