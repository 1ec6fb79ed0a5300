import { beforeEach, expect, it } from 'vitest';
import { closeToast, toast, toastStore } from './toast.ts';

const shown = (): string[] => toastStore.getState().toasts.map(({ message }) => message);

beforeEach(() => {
  toastStore.setState({ toasts: [] });
});

it('gives ten seconds to what can be undone, and lets what went wrong stay', () => {
  const action = { label: 'Undo', onClick: () => undefined };
  toast('Copied.');
  toast('Deleted.', { action });
  toast.warning('Not kept.', { action });
  toast.error('Not a picture.');
  expect(toastStore.getState().toasts.map(({ duration }) => duration)).toEqual([5_000, 10_000, null, null]);
});

it('shows several, and lets the oldest note give way before what stays', () => {
  toast.error('error');
  for (const message of ['a', 'b', 'c', 'd']) toast(message);
  expect(shown()).toEqual(['error', 'a', 'b', 'c', 'd']);
  toast('e');
  expect(shown()).toEqual(['error', 'b', 'c', 'd', 'e']);
});

it('says the same thing once', () => {
  toast.error('The file is empty.');
  toast('Copied.');
  toast.error('The file is empty.');
  expect(shown()).toEqual(['Copied.', 'The file is empty.']);
});

it('tells once that a message has gone, whoever closed it', () => {
  let closed = 0;
  const id = toast('Deleted.', { onClose: () => (closed += 1) });
  closeToast(id);
  closeToast(id);
  expect([closed, shown()]).toEqual([1, []]);
});
