import { useEffect, useRef, type ReactElement } from 'react';
import type { Pixels } from '../../../../workers/api.ts';
import styles from './frame.module.css';
import { smoothPreview } from './smooth-preview.ts';

/** Draws a preview: a pixel for each latent pixel, or the picture of a tiny autoencoder. */
export function PreviewCanvas({ preview, label }: { readonly preview: Pixels; readonly label: string }): ReactElement {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const element = canvas.current;
    if (element === null) return;
    const { width, height, data } = smoothPreview(preview);
    if (element.width !== width || element.height !== height) {
      element.width = width;
      element.height = height;
    }
    element.getContext('2d')?.putImageData(new ImageData(data, width, height), 0, 0);
  }, [preview]);
  return (
    <div role="img" aria-label={label} className={styles['preview']}>
      <canvas ref={canvas} />
    </div>
  );
}
