/** A picture of the page on its way by mouse. What takes it learns of it here: within a page a drag carries only text. */
import type { DragEvent } from 'react';

interface DraggedPicture {
  readonly image: Blob;
  readonly name: string;
}

const type = 'application/x-pinword-picture';

let dragged: DraggedPicture | null = null;

interface DragSource {
  readonly draggable: boolean;
  readonly onDragStart: (event: DragEvent) => void;
  readonly onDragEnd: () => void;
}

/** What makes an element that shows a picture one that it can be dragged from. @param picture null for one that is hidden */
export function dragSource(picture: DraggedPicture | null): DragSource {
  return {
    draggable: picture !== null,
    onDragStart: (event) => {
      if (picture === null) return;
      dragged = picture;
      // A browser adds a file of its own to the drag of an img: dropped beside every word, that would be taken as one.
      event.dataTransfer.items.clear();
      event.dataTransfer.setData(type, picture.name);
      event.dataTransfer.effectAllowed = 'copy';
      document.body.dataset['dragged'] = 'picture';
    },
    onDragEnd: () => {
      dragged = null;
      delete document.body.dataset['dragged'];
    },
  };
}

/** Whether such a picture is over the element. */
export function isPictureDrag({ dataTransfer }: Pick<DragEvent, 'dataTransfer'>): boolean {
  return dragged !== null && dataTransfer.types.includes(type);
}

/** The picture that is dropped; null where it is something else. */
export function droppedPicture(event: Pick<DragEvent, 'dataTransfer'>): File | null {
  if (dragged === null || !isPictureDrag(event)) return null;
  const { image, name } = dragged;
  return new File([image], name, { type: image.type });
}
