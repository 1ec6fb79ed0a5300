/** Pinned pictures that a PNG carries, so that its recipe opens with its subjects. Part of the contract: see api.ts. */
import type { ImageSize, Region } from './caption.ts';

/** What is carried at most; what is more in a file is not read. Encoders see 224 or 336 pixels. */
export const carried = { edge: 336, files: 128, fileBytes: 512 * 1024, bytes: 8 * 1024 * 1024 } as const;

/** The part of a picture that is to be seen, and the mask where the picture is cut out. */
export interface SeenPicture {
  readonly image: Blob;
  /** Of a cut-out it may reach over the edge. */
  readonly region: Region;
  readonly mask: Blob | null;
}

/** A file with what tells it from others. */
export interface HashedFile {
  readonly bytes: Blob;
  /** SHA-256, in hex. */
  readonly hash: string;
}

/** What is seen of a picture, small. */
export interface SmallPicture extends ImageSize {
  readonly image: HashedFile;
  /** In its own pixels. */
  readonly region: Region;
  readonly mask: HashedFile | null;
}
