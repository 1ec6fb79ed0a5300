import { useEffect, useRef, useState, type CSSProperties, type ReactElement } from 'react';
import { useStore } from 'zustand';
import type { MapPoint } from '../../../../workers/api.ts';
import { engine } from '../../../engine-client/engine.ts';
import { IconButton } from '../../../ui/Button.tsx';
import { composeStore } from '../draft/compose-store.ts';
import type { LibraryEntry } from './library-record.ts';
import styles from './library.module.css';
import { onScreen, showing, subjectAt, thumbEdge, wholeMap, zoomedAt, type MapView } from './map-geometry.ts';
import { mapThumb } from './map-thumbs.ts';
import { MapList } from './MapList.tsx';
import { useMapPointer } from './use-map-pointer.ts';
import { isPinnedOn, pinEntry } from './use-again.ts';

const step = 1.5;

interface MapProps {
  readonly entries: readonly LibraryEntry[];
  readonly places: ReadonlyMap<string, MapPoint>;
  /** Those that are looked for; the others are drawn faint. */
  readonly found: ReadonlySet<string>;
  readonly word: number | null;
}

/** The map as it is seen: moved and zoomed by mouse, touch and keys; a press pins. */
export function MapCanvas({ entries, places, found, word }: MapProps): ReactElement {
  const frame = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const size = useSize(frame);
  const thumbs = useThumbs(entries);
  const [view, setView] = useState(wholeMap);
  /** The subject under the pointer, or with the focus. */
  const [pointed, setPointed] = useState<string | null>(null);
  // Pins change what is drawn around thumbnails.
  useStore(composeStore, (state) => state.pins);
  const byId = new Map(entries.map((entry) => [entry.id, entry]));
  const pin = (id: string | null): void => {
    const entry = byId.get(id ?? '');
    if (entry !== undefined) void pinEntry(entry, word);
  };
  const pointer = useMapPointer(canvas, size, {
    setView,
    point: (at) => {
      setPointed(at === null ? null : subjectAt(places, at, view, size));
    },
    press: (at) => {
      pin(subjectAt(places, at, view, size));
    },
  });
  useEffect(() => {
    if (canvas.current !== null && size.width > 0) draw(canvas.current, { places, thumbs, found, view, size });
  }, [places, thumbs, found, view, size]);
  const middle = { x: size.width / 2, y: size.height / 2 };
  const zoom = (factor: number): void => {
    setView((before) => zoomedAt(before, factor, middle, size));
  };
  const edge = thumbEdge(view, size);
  const ringAt = (id: string): CSSProperties | null => {
    const place = places.get(id);
    if (place === undefined) return null;
    const { x, y } = onScreen(place, view, size);
    return { left: x, top: y, width: edge, height: edge };
  };
  const rings = entries.filter((entry) => isPinnedOn(entry, word));
  const named = pointed === null ? undefined : byId.get(pointed);
  return (
    <div ref={frame} className={styles['map']} role="group" aria-label="Map of your subjects">
      <canvas
        ref={canvas}
        aria-hidden="true"
        className={styles['mapCanvas']}
        data-pointing={pointed !== null}
        {...pointer}
      />
      {rings.map(({ id }) => {
        const place = ringAt(id);
        return place === null ? null : <span key={id} className={styles['ring']} data-pinned="true" style={place} />;
      })}
      {named !== undefined && (
        <span className={styles['ring']} style={ringAt(named.id) ?? undefined}>
          <span className={styles['mapName']}>{named.name}</span>
        </span>
      )}
      <div className={styles['mapTools']}>
        <IconButton
          label="Zoom out"
          icon="minus"
          look="plain"
          disabled={view.zoom <= 1}
          onClick={() => {
            zoom(1 / step);
          }}
        />
        <IconButton
          label="Zoom in"
          icon="plus"
          look="plain"
          onClick={() => {
            zoom(step);
          }}
        />
        <IconButton
          label="Show all of the map"
          icon="enlarge"
          look="plain"
          onClick={() => {
            setView(wholeMap);
          }}
        />
      </div>
      <MapList
        entries={entries}
        places={places}
        word={word}
        onFocus={(id) => {
          setPointed(id);
          const place = places.get(id ?? '');
          if (place !== undefined) setView((before) => showing(before, place, size));
        }}
        onPin={pin}
        onZoom={(direction) => {
          if (direction === 0) setView(wholeMap);
          else zoom(step ** direction);
        }}
      />
    </div>
  );
}

interface Drawn extends Pick<MapProps, 'places' | 'found'> {
  readonly thumbs: ReadonlyMap<string, OffscreenCanvas>;
  readonly view: MapView;
  readonly size: Size;
}

/** Edges in CSS pixels. */
interface Size {
  readonly width: number;
  readonly height: number;
}

const faint = 0.18;

function draw(canvas: HTMLCanvasElement, { places, thumbs, found, view, size }: Drawn): void {
  const density = Math.min(2, window.devicePixelRatio);
  canvas.width = Math.round(size.width * density);
  canvas.height = Math.round(size.height * density);
  const context = canvas.getContext('2d');
  if (context === null) return;
  context.scale(density, density);
  const edge = thumbEdge(view, size);
  for (const [id, place] of places) {
    const { x, y } = onScreen(place, view, size);
    if (x < -edge || y < -edge || x > size.width + edge || y > size.height + edge) continue;
    const thumb = thumbs.get(id);
    context.save();
    context.globalAlpha = found.has(id) ? 1 : faint;
    context.beginPath();
    context.roundRect(x - edge / 2, y - edge / 2, edge, edge, edge / 6);
    context.fillStyle = '#8a8f9a';
    context.fill();
    context.clip();
    if (thumb !== undefined) context.drawImage(thumb, x - edge / 2, y - edge / 2, edge, edge);
    context.restore();
  }
}

function useSize(element: { readonly current: HTMLElement | null }): Size {
  const [size, setSize] = useState<Size>({ width: 0, height: 0 });
  useEffect(() => {
    const { current } = element;
    if (current === null) return;
    const observer = new ResizeObserver(() => {
      setSize({ width: current.clientWidth, height: current.clientHeight });
    });
    observer.observe(current);
    return () => {
      observer.disconnect();
    };
  }, [element]);
  return size;
}

/** Thumbnails as they come, one after the other. */
function useThumbs(entries: readonly LibraryEntry[]): ReadonlyMap<string, OffscreenCanvas> {
  const [thumbs, setThumbs] = useState<ReadonlyMap<string, OffscreenCanvas>>(new Map());
  const key = JSON.stringify(entries.map(({ subject }) => subject));
  useEffect(() => {
    let isCurrent = true;
    const make = async (): Promise<void> => {
      for (const entry of entries) {
        const thumb = await mapThumb(engine, entry).catch(() => null);
        if (!isCurrent) return;
        if (thumb !== null) setThumbs((before) => new Map([...before, [entry.id, thumb]]));
      }
    };
    void make();
    return () => {
      isCurrent = false;
    };
    // The key says when other thumbnails would come of them.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [key]);
  return thumbs;
}
