import { useEffect, useRef, type PointerEvent, type RefObject } from 'react';
import type { MapPoint } from '../../../../workers/api.ts';
import { movedBy, zoomedAt, type MapView } from './map-geometry.ts';

/** Pixels by which a press may move and still be one. */
const slack = 6;
/** Of the wheel's way, for a zoom of e. */
const wheelWay = 400;

interface MapPointer {
  readonly setView: (change: (view: MapView) => MapView) => void;
  /** Where the pointer is; null where it has left. */
  readonly point: (at: MapPoint | null) => void;
  readonly press: (at: MapPoint) => void;
}

type Handlers = Readonly<
  Record<
    'onPointerDown' | 'onPointerMove' | 'onPointerUp' | 'onPointerCancel' | 'onPointerLeave',
    (event: PointerEvent<HTMLCanvasElement>) => void
  >
>;

/** Mouse, pen and fingers: one drags the map, two zoom it, the wheel too, and what hardly moved was a press. */
export function useMapPointer(
  canvas: RefObject<HTMLCanvasElement | null>,
  size: { readonly width: number; readonly height: number },
  { setView, point, press }: MapPointer,
): Handlers {
  const down = useRef(new Map<number, MapPoint>());
  const way = useRef(0);

  useEffect(() => {
    const element = canvas.current;
    if (element === null) return;
    const turn = (event: WheelEvent): void => {
      event.preventDefault();
      const at = placeOf(event, element);
      setView((view) => zoomedAt(view, Math.exp(-event.deltaY / wheelWay), at, size));
    };
    // React's own listener could not keep the page from scrolling.
    element.addEventListener('wheel', turn, { passive: false });
    return () => {
      element.removeEventListener('wheel', turn);
    };
  }, [canvas, size, setView]);

  const end = (event: PointerEvent<HTMLCanvasElement>, isPress: boolean): void => {
    const wasAlone = down.current.size === 1;
    down.current.delete(event.pointerId);
    if (isPress && wasAlone && way.current <= slack) press(placeOf(event, event.currentTarget));
  };

  return {
    onPointerDown: (event) => {
      event.currentTarget.setPointerCapture(event.pointerId);
      // What a second finger begins is no press any more.
      way.current = down.current.size === 0 ? 0 : Infinity;
      down.current.set(event.pointerId, placeOf(event, event.currentTarget));
    },
    onPointerMove: (event) => {
      const at = placeOf(event, event.currentTarget);
      const before = down.current.get(event.pointerId);
      if (before === undefined) {
        point(at);
        return;
      }
      const others = [...down.current].filter(([id]) => id !== event.pointerId).map(([, place]) => place);
      down.current.set(event.pointerId, at);
      way.current += Math.hypot(at.x - before.x, at.y - before.y);
      const [other] = others;
      if (other !== undefined) {
        const spread = (place: MapPoint): number => Math.max(1, Math.hypot(place.x - other.x, place.y - other.y));
        const between = { x: (at.x + other.x) / 2, y: (at.y + other.y) / 2 };
        const by = { x: (at.x - before.x) / 2, y: (at.y - before.y) / 2 };
        setView((view) => movedBy(zoomedAt(view, spread(at) / spread(before), between, size), by, size));
      } else if (way.current > slack) {
        setView((view) => movedBy(view, { x: at.x - before.x, y: at.y - before.y }, size));
      }
    },
    onPointerUp: (event) => {
      end(event, true);
    },
    onPointerCancel: (event) => {
      end(event, false);
    },
    onPointerLeave: () => {
      if (down.current.size === 0) point(null);
    },
  };
}

function placeOf(event: { readonly clientX: number; readonly clientY: number }, element: Element): MapPoint {
  const { left, top } = element.getBoundingClientRect();
  return { x: event.clientX - left, y: event.clientY - top };
}
