import { useRef, useState, type CSSProperties, type KeyboardEvent, type PointerEvent, type ReactElement } from 'react';
import { Button } from '../../../ui/Button.tsx';
import controls from '../../../ui/controls.module.css';
import styles from './crop.module.css';
import {
  cropFrame,
  largestZoom,
  movedRegion,
  pictureInFrame,
  placeOfZoom,
  regionInFrame,
  regionOfFrame,
  regionPlace,
  resizedRegion,
  zoomAt,
} from './crop-geometry.ts';
import { activeCutOut, seenRegion, type PinnedPicture } from '../pins/pins.ts';
import { SubjectLayers } from './SubjectThumb.tsx';

type Region = PinnedPicture['region'];

/** The whole picture with a square on it. @param onDone gets the region, or null where nothing is to change. */
export function CropView({
  subject,
  onDone,
}: {
  readonly subject: PinnedPicture;
  readonly onDone: (region: Region | null) => void;
}): ReactElement {
  const frame = cropFrame(subject);
  const [region, setRegion] = useState(regionInFrame(seenRegion(subject), frame));
  const edge = Math.min(frame.width, frame.height);
  const maxZoom = largestZoom(frame);
  const zoom = Math.min(maxZoom, edge / region.size);
  return (
    <div className={styles['crop']}>
      <div className={styles['cropper']}>
        <Square subject={subject} frame={frame} region={region} onChange={setRegion} />
      </div>
      <label className={styles['zoom']}>
        <span className={controls['label']}>Zoom</span>
        <input
          type="range"
          className={controls['range']}
          min={0}
          max={1}
          step={0.005}
          value={placeOfZoom(zoom, maxZoom)}
          disabled={maxZoom === 1}
          aria-valuetext={`${zoom.toFixed(1)} times`}
          onChange={(event) => {
            setRegion(resizedRegion(region, edge / zoomAt(Number(event.target.value), maxZoom), frame));
          }}
        />
      </label>
      <div className={styles['actions']}>
        <Button
          look="quiet"
          onClick={() => {
            onDone(null);
          }}
        >
          Back
        </Button>
        <Button
          icon="check"
          onClick={() => {
            onDone(regionOfFrame(region, frame));
          }}
        >
          Use this part
        </Button>
      </div>
    </div>
  );
}

/** Dragged with the pointer; with the keyboard it is moved by two sliders, which are heard and not seen. */
function Square({
  subject,
  frame: picture,
  region,
  onChange,
}: {
  readonly subject: PinnedPicture;
  /** What the region is moved in, and is given in the pixels of. */
  readonly frame: ReturnType<typeof cropFrame>;
  readonly region: Region;
  readonly onChange: (region: Region) => void;
}): ReactElement {
  const frame = useRef<HTMLDivElement>(null);
  const dragged = useRef<{ readonly x: number; readonly y: number; readonly region: Region } | null>(null);
  const drag = (event: PointerEvent): void => {
    const from = dragged.current;
    const width = frame.current?.clientWidth ?? 0;
    if (from === null || width === 0) return;
    const scale = picture.width / width;
    onChange(movedRegion(from.region, (event.clientX - from.x) * scale, (event.clientY - from.y) * scale, picture));
  };
  const step = Math.max(1, Math.round(Math.min(picture.width, picture.height) / 50));
  const press = (event: KeyboardEvent): void => {
    const [x, y] = arrows[event.key] ?? [0, 0];
    if (x === 0 && y === 0) return;
    event.preventDefault();
    onChange(movedRegion(region, x * step, y * step, picture));
  };
  const slider = (axis: 'x' | 'y', label: string, length: number): ReactElement => (
    <input
      type="range"
      className="visually-hidden"
      aria-label={label}
      min={0}
      max={length - region.size}
      step="any"
      value={region[axis]}
      onKeyDown={press}
      onChange={(event) => {
        onChange({ ...region, [axis]: Math.round(Number(event.target.value)) });
      }}
    />
  );
  return (
    <div
      ref={frame}
      className={styles['frame']}
      style={ratioStyle(picture)}
      data-backdrop={activeCutOut(subject)?.backdrop}
    >
      <SubjectLayers subject={subject} place={pictureInFrame(subject, picture)} />
      <div
        className={styles['square']}
        style={regionPlace(region, picture)}
        role="group"
        aria-label="Region; move it with the arrow keys"
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          dragged.current = { x: event.clientX, y: event.clientY, region };
        }}
        onPointerMove={drag}
        onPointerUp={() => {
          dragged.current = null;
        }}
        onPointerCancel={() => {
          dragged.current = null;
        }}
      >
        {slider('x', 'Left edge of the region', picture.width)}
        {slider('y', 'Top edge of the region', picture.height)}
      </div>
    </div>
  );
}

function ratioStyle({
  width,
  height,
}: Pick<PinnedPicture, 'width' | 'height'>): CSSProperties & Record<`--${string}`, string> {
  return { '--ratio': String(width / height) };
}

/** Steps to the right and down. */
const arrows: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};
