import { useEffect, useRef, type ReactElement } from 'react';
import styles from './mask.module.css';
import type { MaskGrid } from './mask-grid.ts';

/** What is marked, in a colour that few pictures are made of. */
const colour = [236, 72, 153] as const;
const opacity = 0.55;

/** @param drawn another one for every piece of a stroke: the grid is painted on where it is */
export function MaskCanvas({ grid, drawn }: { readonly grid: MaskGrid; readonly drawn: object | null }): ReactElement {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (context == null) return;
    const image = context.createImageData(grid.width, grid.height);
    for (const [index, value] of grid.data.entries()) {
      image.data.set(colour, 4 * index);
      image.data[4 * index + 3] = value * opacity;
    }
    context.putImageData(image, 0, 0);
  }, [grid, drawn]);
  return <canvas ref={canvas} className={styles['mask']} width={grid.width} height={grid.height} aria-hidden="true" />;
}
