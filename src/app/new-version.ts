/** How a page is told of a new version of the site, and how it comes to it. */
import { toast } from '../ui/toast.ts';

/** The old worker finishes what it has begun before the new one takes over; the person does not wait for that. */
const takeOverWithin = 10_000;

type Registration = Pick<ServiceWorkerRegistration, 'waiting'>;
type Container = Pick<ServiceWorkerContainer, 'controller'>;

/**
 * Lets the version that waits take over, and reloads the page as soon as it has. The person asked for a reload, and gets one
 * in any case: where nothing waits any more because another tab was quicker, where a newer version came in between, and
 * where a worker does not answer. A reload that hangs is begun again, each time after twice as long.
 */
export function changeOver(registration: Registration, container: Container, reload: () => void): void {
  const insist = (after: number): void => {
    setTimeout(() => {
      reload();
      insist(2 * after);
    }, after);
  };
  insist(takeOverWithin);
  takeOver(registration, container, reload);
}

function takeOver(registration: Registration, container: Container, reload: () => void): void {
  // As it is now: the one that waited when the message came may be in use by now, or replaced.
  const { waiting } = registration;
  if (waiting === null) {
    reload();
    return;
  }
  waiting.addEventListener('statechange', () => {
    // Not while it is activating: it would answer for the page only afterwards.
    if (waiting.state === 'activated') reload();
    if (waiting.state === 'redundant') takeOver(registration, container, reload);
  });
  container.controller?.postMessage('give way');
  waiting.postMessage('take over');
}

/** Offers every version that comes to wait while the page is open, and one that waits already. */
export function followVersions(registration: ServiceWorkerRegistration): void {
  const offer = (): void => {
    offerVersion(registration);
  };
  const follow = (): void => registration.installing?.addEventListener('statechange', offer);
  offer();
  follow();
  registration.addEventListener('updatefound', follow);
}

function offerVersion(registration: ServiceWorkerRegistration): void {
  const container = navigator.serviceWorker;
  if (registration.waiting === null || container.controller === null) return;
  toast.warning('A new version of Pinword is here.', {
    action: {
      label: 'Reload',
      onClick: () => {
        changeOver(registration, container, () => {
          location.reload();
        });
      },
    },
  });
}
