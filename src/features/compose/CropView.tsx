import { useState, type ReactElement } from 'react';
import Cropper from 'react-easy-crop';
import 'react-easy-crop/react-easy-crop.css';
import { Button } from '../../ui/Button.tsx';
import controls from '../../ui/controls.module.css';
import { usePromise } from '../../ui/use-promise.ts';
import styles from './compose.module.css';
import { largestZoom, placeOfZoom, wholeRegion, zoomAt } from './crop-geometry.ts';
import type { PinnedPicture } from './pins.ts';
import { subjectUrl } from './subject-library.ts';

/** Moves and zooms a picture behind a square. @param onDone gets the region, or null where nothing is to change. */
export function CropView({
  subject,
  onDone,
}: {
  readonly subject: PinnedPicture;
  readonly onDone: (region: PinnedPicture['region'] | null) => void;
}): ReactElement {
  const url = usePromise(() => subjectUrl(subject.id), subject.id);
  const [crop, setCrop] = useState({ x: 0, y: 0 });
  const [zoom, setZoom] = useState(1);
  const [region, setRegion] = useState(subject.region);
  const maxZoom = largestZoom(subject);
  const { x, y, size } = subject.region;
  return (
    <div className={styles['crop']}>
      <div className={styles['cropper']}>
        {url !== null && (
          <Cropper
            image={url}
            crop={crop}
            zoom={zoom}
            maxZoom={maxZoom}
            aspect={1}
            objectFit="cover"
            showGrid={false}
            disableAutomaticStylesInjection
            initialCroppedAreaPixels={{ x, y, width: size, height: size }}
            cropperProps={{ role: 'group', 'aria-label': 'Region; move it with the arrow keys' }}
            onCropChange={setCrop}
            onZoomChange={setZoom}
            onCropComplete={(_, area) => {
              setRegion(wholeRegion(area, subject));
            }}
          />
        )}
      </div>
      <Zoom zoom={zoom} max={maxZoom} onChange={setZoom} />
      <div className={styles['cropActions']}>
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
            onDone(region);
          }}
        >
          Use this part
        </Button>
      </div>
    </div>
  );
}

function Zoom({
  zoom,
  max,
  onChange,
}: {
  readonly zoom: number;
  readonly max: number;
  readonly onChange: (zoom: number) => void;
}): ReactElement {
  return (
    <label className={styles['zoom']}>
      <span className={controls['label']}>Zoom</span>
      <input
        type="range"
        className={controls['range']}
        min={0}
        max={1}
        step={0.005}
        value={placeOfZoom(zoom, max)}
        disabled={max === 1}
        aria-valuetext={`${zoom.toFixed(1)} times`}
        onChange={(event) => {
          onChange(zoomAt(Number(event.target.value), max));
        }}
      />
    </label>
  );
}
