type ImageFormat = 'png' | 'jpeg' | 'webp' | 'gif' | 'bmp' | 'avif' | 'heic';

/** What a picture file says about itself before it is decoded. */
export interface ImageHeader {
  readonly format: ImageFormat;
  /** Pixels as stored, before EXIF rotation. */
  readonly width: number;
  readonly height: number;
  /** False where the file ends before its own structure does. */
  readonly complete: boolean;
}
