import { useEffect, useRef, type ReactElement } from 'react';
import styles from './mask.module.css';
import type { MaskGrid } from './mask-grid.ts';

/** What is marked, in a colour that few pictures are made of. */
const colour = 236 | (72 << 8) | (153 << 16);
const opacity = 0.55;

/** @param drawn another one for every piece of a stroke: the grid is painted on where it is */
export function MaskCanvas({ grid, drawn }: { readonly grid: MaskGrid; readonly drawn: object | null }): ReactElement {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (context == null) return;
    const image = context.createImageData(grid.width, grid.height);
    // One write a pixel: this runs at every move of the pointer.
    const pixels = new Uint32Array(image.data.buffer);
    for (let index = 0; index < pixels.length; index++)
      pixels[index] = colour | (Math.round((grid.data[index] ?? 0) * opacity) << 24);
    context.putImageData(image, 0, 0);
  }, [grid, drawn]);
  return <canvas ref={canvas} className={styles['mask']} width={grid.width} height={grid.height} aria-hidden="true" />;
}
