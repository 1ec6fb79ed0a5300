/** Short messages over the page. What can be undone stands longer; what went wrong stays until it is closed. */
import { createStore } from 'zustand/vanilla';

type ToastKind = 'note' | 'warning' | 'error';

export interface ToastOptions {
  readonly action?: { readonly label: string; readonly onClick: () => void };
  /** Called once, however the message goes. */
  readonly onClose?: () => void;
}

export interface Toast extends ToastOptions {
  readonly id: number;
  readonly kind: ToastKind;
  readonly message: string;
  /** Milliseconds that it stands; null until it is closed. */
  readonly duration: number | null;
}

const noteDuration = 5_000;
const undoDuration = 10_000;
/** More would hide the page. */
const mostAtOnce = 5;

/** Oldest first. */
export const toastStore = createStore<{ readonly toasts: readonly Toast[] }>(() => ({ toasts: [] }));

let lastId = 0;

function durationOf(kind: ToastKind, { action }: ToastOptions): number | null {
  if (kind !== 'note') return null;
  return action === undefined ? noteDuration : undoDuration;
}

/** The one that gives way: a passing note before anything that stays, the older before the newer. */
function leastNeeded(toasts: readonly Toast[]): Toast | undefined {
  return toasts.find(({ duration }) => duration !== null) ?? toasts[0];
}

function show(kind: ToastKind, message: string, options: ToastOptions = {}): number {
  lastId += 1;
  const toast: Toast = { ...options, id: lastId, kind, message, duration: durationOf(kind, options) };
  const { toasts } = toastStore.getState();
  const repeated = toasts.find((other) => other.message === message && other.kind === kind);
  const dropped = repeated ?? (toasts.length < mostAtOnce ? undefined : leastNeeded(toasts));
  if (dropped !== undefined) closeToast(dropped.id);
  toastStore.setState((state) => ({ toasts: [...state.toasts, toast] }));
  return toast.id;
}

/** Shows a message. @returns the id by which it can be closed */
export const toast = Object.assign((message: string, options?: ToastOptions) => show('note', message, options), {
  warning: (message: string, options?: ToastOptions) => show('warning', message, options),
  error: (message: string, options?: ToastOptions) => show('error', message, options),
});

export function closeToast(id: number): void {
  const closed = toastStore.getState().toasts.find((toast) => toast.id === id);
  if (closed === undefined) return;
  toastStore.setState(({ toasts }) => ({ toasts: toasts.filter((toast) => toast !== closed) }));
  closed.onClose?.();
}
