import type { ReactElement } from 'react';
import { useStore } from 'zustand';
import { IconButton } from '../../../ui/Button.tsx';
import { canNotify, notifyStore, switchNotifications } from './notify.ts';

/** Whether the browser tells of a finished picture while another tab is in view. */
export function NotifyButton(): ReactElement | null {
  const isWanted = useStore(notifyStore, (state) => state.isWanted);
  if (!canNotify()) return null;
  return (
    <IconButton
      label="Notify me when it is done"
      icon="bell"
      aria-pressed={isWanted}
      onClick={() => void switchNotifications()}
    />
  );
}
