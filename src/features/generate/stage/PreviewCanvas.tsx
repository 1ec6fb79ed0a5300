import { useEffect, useRef, type CSSProperties, type ReactElement } from 'react';
import type { Pixels } from '../../../../workers/api.ts';
import styles from './frame.module.css';

/** The preview has one pixel a latent pixel: it is drawn as it is, and the browser scales the canvas up smoothly. */
export function PreviewCanvas({ preview, label }: { readonly preview: Pixels; readonly label: string }): ReactElement {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const element = canvas.current;
    if (element === null) return;
    if (element.width !== preview.width || element.height !== preview.height) {
      element.width = preview.width;
      element.height = preview.height;
    }
    element.getContext('2d')?.putImageData(new ImageData(preview.data, preview.width, preview.height), 0, 0);
  }, [preview]);
  const style: CSSProperties & Record<`--${string}`, string> = { '--pixels': String(preview.width) };
  return (
    <div role="img" aria-label={label} className={styles['preview']} style={style}>
      <canvas ref={canvas} />
    </div>
  );
}
