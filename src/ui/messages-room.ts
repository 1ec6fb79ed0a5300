import { useEffect, useMemo, type RefObject } from 'react';
import { useStore } from 'zustand';
import { createStore } from 'zustand/vanilla';

/** How far down the messages reach, in CSS pixels; 0 where there are none. */
const roomStore = createStore<number>(() => 0);

/**
 * Measures the list of messages, so that what opens over the page keeps clear of it: style sheets by `--messages`, which
 * leaves them most of the page, and popups by `usePopupMargins`.
 */
export function useMeasuredRoom(list: RefObject<HTMLElement | null>): void {
  useEffect(() => {
    const element = list.current;
    if (element === null) return;
    const { style } = document.documentElement;
    const observer = new ResizeObserver(() => {
      const { height, bottom } = element.getBoundingClientRect();
      roomStore.setState(height === 0 ? 0 : bottom, true);
      if (height === 0) style.removeProperty('--messages');
      else style.setProperty('--messages', `min(${bottom}px + 0.5rem, 40dvh)`);
    });
    observer.observe(element);
    return () => {
      observer.disconnect();
    };
  }, [list]);
}

const edge = 12;
/** Of the page's height; more of it is not given to messages. */
const largestShare = 0.4;

/** The distance of popups from the edges of the page, and from messages at its top, in CSS pixels. */
export function usePopupMargins(): {
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
  readonly left: number;
} {
  const reach = useStore(roomStore);
  return useMemo(() => {
    const top = Math.max(edge, Math.min(reach + 8, largestShare * window.innerHeight));
    return { top, right: edge, bottom: edge, left: edge };
  }, [reach]);
}
