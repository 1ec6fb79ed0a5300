import { beforeEach, expect, it, vi } from 'vitest';
import type { DragEvent } from 'react';
import { dragSource, droppedPicture, isPictureDrag } from './picture-drag.ts';

/** What a browser carries along with a drag. */
class Transfer {
  readonly data = new Map<string, string>([['Files', '']]);
  effectAllowed = '';
  readonly items = {
    clear: () => {
      this.data.clear();
    },
  };
  setData(type: string, text: string): void {
    this.data.set(type, text);
  }
  get types(): readonly string[] {
    return [...this.data.keys()];
  }
}

const eventOf = (dataTransfer: Transfer): DragEvent => ({ dataTransfer }) as unknown as DragEvent;
const picture = { image: new Blob(['png'], { type: 'image/png' }), name: 'dog.png' };
const dataset: Record<string, string> = {};

beforeEach(() => {
  vi.stubGlobal('document', { body: { dataset } });
});

it('a picture that is dragged is a file where it is dropped, and the browser’s own file stays behind', async () => {
  const [source, transfer] = [dragSource(picture), new Transfer()];
  source.onDragStart(eventOf(transfer));
  expect(transfer.types).not.toContain('Files');
  expect(isPictureDrag(eventOf(transfer))).toBe(true);
  expect(dataset['dragged']).toBe('picture');
  const file = droppedPicture(eventOf(transfer));
  expect([file?.name, file?.type, await file?.text()]).toEqual(['dog.png', 'image/png', 'png']);
  source.onDragEnd();
  expect([droppedPicture(eventOf(transfer)), dataset['dragged']]).toEqual([null, undefined]);
});

it('a file from elsewhere is none, and a hidden picture is not dragged', () => {
  const { draggable, onDragStart } = dragSource(null);
  const transfer = new Transfer();
  onDragStart(eventOf(transfer));
  expect([draggable, droppedPicture(eventOf(transfer))]).toEqual([false, null]);
  expect(transfer.types).toContain('Files');
});
