/** What a JPEG's markers say. */
interface JpegHeader {
  readonly width: number;
  readonly height: number;
  /** True where an end-of-image marker stands behind the last scan. */
  readonly complete: boolean;
}

const endOfImage = 0xd9;
const startOfScan = 0xda;

/** Markers that stand alone; all others are followed by the length of their segment. */
const standsAlone = (marker: number): boolean => marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8);

/** SOF0 … SOF15 without the tables and the extension that have their numbers between them. */
const isFrame = (marker: number): boolean =>
  marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;

/**
 * Goes from marker to marker as decoders do: the first frame counts, segments are skipped whole (a thumbnail lies inside
 * one), and what stands behind the end of the image is not looked at.
 * @throws RangeError where the file ends before its frame header
 */
export function readJpegHeader(bytes: Uint8Array, view: DataView): JpegHeader {
  let size: { readonly width: number; readonly height: number } | null = null;
  let scanned = false;
  for (let at = nextMarker(bytes, 2); at !== -1;) {
    const marker = view.getUint8(at);
    if (marker === endOfImage && scanned) break;
    if (isFrame(marker)) size ??= { height: view.getUint16(at + 4), width: view.getUint16(at + 6) };
    scanned ||= marker === startOfScan && size !== null;
    if (at + 2 >= bytes.length) return frame(size, false);
    at = nextMarker(bytes, standsAlone(marker) || marker === endOfImage ? at + 1 : at + 1 + view.getUint16(at + 1));
    if (at === -1) return frame(size, false);
  }
  return frame(size, scanned);
}

function frame(size: Pick<JpegHeader, 'width' | 'height'> | null, complete: boolean): JpegHeader {
  if (size === null) throw new RangeError('The file has no frame header.');
  return { ...size, complete };
}

/** Where the code of the next marker stands. In a scan 0xFF is followed by 0; any number of 0xFF may precede a code. */
function nextMarker(bytes: Uint8Array, from: number): number {
  for (let at = bytes.indexOf(0xff, from); at !== -1; at = bytes.indexOf(0xff, at + 1)) {
    const code = bytes[at + 1];
    if (code === undefined) return -1;
    if (code !== 0 && code !== 0xff) return at + 1;
  }
  return -1;
}
