import { useEffect, useRef, useState, type KeyboardEvent, type ReactElement, type RefObject } from 'react';
import { useStore } from 'zustand';
import { Button, IconButton } from './Button.tsx';
import { useMeasuredRoom } from './messages-room.ts';
import { closeToast, toastStore, type Toast } from './toast.ts';
import styles from './toasts.module.css';

/** The messages. While the pointer or the focus is on one, all stay; Alt+T brings the focus to the newest. */
export function Toasts(): ReactElement {
  const toasts = useStore(toastStore, (state) => state.toasts);
  const list = useRef<HTMLUListElement>(null);
  const [isHeld, letGo] = useHeld(list);
  const cameFrom = useFocusKey(list);
  const isHidden = useIsHidden();
  useMeasuredRoom(list);

  const close = (id: number): void => {
    if (list.current?.contains(document.activeElement) === true) cameFrom.current?.focus();
    // What had the pointer or the focus is gone, and sends no event of its own.
    letGo();
    closeToast(id);
  };

  return (
    <section aria-label="Messages (Alt+T)" className={styles['messages']} aria-live="polite" aria-relevant="additions">
      <ul ref={list}>
        {toasts.map((toast) => (
          <Message key={toast.id} toast={toast} isPaused={isHeld || isHidden} onClose={close} />
        ))}
      </ul>
    </section>
  );
}

function Message({
  toast,
  isPaused,
  onClose,
}: {
  readonly toast: Toast;
  readonly isPaused: boolean;
  readonly onClose: (id: number) => void;
}): ReactElement {
  const { id, kind, message, action, duration } = toast;
  useEffect(() => {
    if (duration === null || isPaused) return;
    const timer = setTimeout(() => {
      closeToast(id);
    }, duration);
    return () => {
      clearTimeout(timer);
    };
  }, [id, duration, isPaused]);
  return (
    <li className={styles['message']} data-kind={kind}>
      <p role={kind === 'note' ? undefined : 'alert'}>{message}</p>
      {action !== undefined && (
        <Button
          onClick={() => {
            onClose(id);
            action.onClick();
          }}
        >
          {action.label}
        </Button>
      )}
      <IconButton
        label="Close the message"
        icon="close"
        onClick={() => {
          onClose(id);
        }}
        onKeyDown={(event: KeyboardEvent) => {
          if (event.key === 'Escape') onClose(id);
        }}
      />
    </li>
  );
}

/** Whether the pointer or the focus is in the list, and how to end that. */
function useHeld(list: RefObject<HTMLElement | null>): readonly [boolean, () => void] {
  const [isHeld, setHeld] = useState(false);
  useEffect(() => {
    const element = list.current;
    if (element === null) return;
    const listening = new AbortController();
    for (const type of ['pointerenter', 'focusin', 'pointerleave', 'focusout']) {
      const isComing = type === 'pointerenter' || type === 'focusin';
      element.addEventListener(
        type,
        () => {
          setHeld(isComing);
        },
        listening,
      );
    }
    return () => {
      listening.abort();
    };
  }, [list]);
  return [
    isHeld,
    () => {
      setHeld(false);
    },
  ];
}

/** @returns where the focus was before the key brought it here */
function useFocusKey(list: RefObject<HTMLElement | null>): RefObject<HTMLElement | null> {
  const cameFrom = useRef<HTMLElement | null>(null);
  useEffect(() => {
    const press = (event: globalThis.KeyboardEvent): void => {
      if (!event.altKey || event.code !== 'KeyT') return;
      const button = list.current?.querySelector<HTMLElement>('li:last-child button');
      if (button == null) return;
      event.preventDefault();
      cameFrom.current = document.activeElement instanceof HTMLElement ? document.activeElement : null;
      button.focus();
    };
    document.addEventListener('keydown', press);
    return () => {
      document.removeEventListener('keydown', press);
    };
  }, [list]);
  return cameFrom;
}

/** A message must not pass while nobody looks. */
function useIsHidden(): boolean {
  const [isHidden, setHidden] = useState(document.hidden);
  useEffect(() => {
    const look = (): void => {
      setHidden(document.hidden);
    };
    document.addEventListener('visibilitychange', look);
    return () => {
      document.removeEventListener('visibilitychange', look);
    };
  }, []);
  return isHidden;
}
