import type { EngineApi } from '../../../../workers/api.ts';
import { activeCutOut } from '../pins/pins.ts';
import type { LibraryEntry, SmallSubject } from './library-record.ts';
import { smallSubject } from './small-subject.ts';

/** Edge of a drawn thumbnail, in pixels: sharp on dense screens, and when it has grown. */
const edge = 128;

const colours = { white: '#fff', grey: '#808080', blur: '#808080' } as const;

/** What is seen of a subject, ready to be drawn on the map. @returns null where it cannot be had */
export async function mapThumb(
  engine: Pick<EngineApi, 'shrinkPicture'>,
  entry: LibraryEntry,
): Promise<OffscreenCanvas | null> {
  const canvas = new OffscreenCanvas(edge, edge);
  const context = canvas.getContext('2d');
  if (context === null) return null;
  const { subject } = entry;
  if (subject.kind === 'embedding') {
    drawLetter(context, entry.name);
    return canvas;
  }
  const small = await smallSubject(engine, entry);
  if (small === null) return null;
  const backdrop = activeCutOut(subject)?.backdrop ?? null;
  context.fillStyle = backdrop === null ? '#808080' : colours[backdrop];
  context.fillRect(0, 0, edge, edge);
  const picture = await layer(small, small.image);
  if (backdrop === 'blur') {
    context.filter = 'blur(12px)';
    context.drawImage(picture, 0, 0);
    context.filter = 'none';
  }
  if (small.mask !== null) {
    const within = picture.getContext('2d');
    if (within !== null) {
      within.globalCompositeOperation = 'destination-in';
      within.drawImage(await layer(small, small.mask), 0, 0);
    }
  }
  context.drawImage(picture, 0, 0);
  return canvas;
}

/** An image where its region fills the square. */
async function layer({ width, height, region }: SmallSubject, image: Blob): Promise<OffscreenCanvas> {
  const canvas = new OffscreenCanvas(edge, edge);
  const scale = edge / region.size;
  const bitmap = await createImageBitmap(image);
  canvas.getContext('2d')?.drawImage(bitmap, -region.x * scale, -region.y * scale, width * scale, height * scale);
  bitmap.close();
  return canvas;
}

function drawLetter(context: OffscreenCanvasRenderingContext2D, name: string): void {
  context.fillStyle = '#5b5f6b';
  context.fillRect(0, 0, edge, edge);
  context.fillStyle = '#fff';
  context.font = `600 ${edge / 2}px system-ui, sans-serif`;
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  context.fillText(name.slice(0, 1).toUpperCase(), edge / 2, edge / 2);
}
