/**
 * The page's side of the service worker: it is registered, told to keep what works without a network once the model is
 * there, and a new version is offered.
 */
import { engineStore } from '../features/models/loading/engine-store.ts';
import { followVersions } from './new-version.ts';
import { whenQuiet } from './when-quiet.ts';

/** A reload this soon after the page came up disturbs nobody. */
const reloadWithin = 6_000;

const reloadedKey = 'pinword-isolated';

/** Private windows may have no session storage: then nothing is reloaded, so that nothing is reloaded for ever. */
function isFirstTry(): boolean {
  try {
    if (sessionStorage.getItem(reloadedKey) !== null) return false;
    sessionStorage.setItem(reloadedKey, 'yes');
    return true;
  } catch {
    return false;
  }
}

/**
 * Where the host sends no headers, the page is isolated from the next time on that it is opened. One reload makes that now,
 * once in a tab, and only while the person has not begun.
 */
function isolateNow(isUntouched: () => boolean): void {
  if (crossOriginIsolated || performance.now() > reloadWithin || !isUntouched() || !isFirstTry()) return;
  location.reload();
}

/** Not before the model is there, and no picture forms: all come over the same line. */
function keepOnceReady(): void {
  let isWaiting = false;
  const keep = async (): Promise<void> => {
    if (isWaiting) return;
    isWaiting = true;
    await whenQuiet();
    isWaiting = false;
    if (engineStore.getState().model.kind === 'ready') navigator.serviceWorker.controller?.postMessage('keep');
  };
  engineStore.subscribe(({ model }, before) => {
    if (model.kind === 'ready' && before.model.kind !== 'ready') void keep();
  });
  navigator.serviceWorker.addEventListener('controllerchange', () => void keep());
  void keep();
}

/** What other apps share goes to the service worker: without one no app may offer it, or the host would get the pictures. */
function becomeShareTarget({ active }: ServiceWorkerRegistration): void {
  const { port1, port2 } = new MessageChannel();
  // One of an earlier version does not answer.
  port1.onmessage = () => {
    document.querySelector('link[rel=manifest]')?.setAttribute('href', './app.webmanifest');
  };
  active?.postMessage('do you take shares?', [port2]);
}

/** @param isUntouched whether the person has neither typed nor pressed anything yet */
export async function startOffline(isUntouched: () => boolean): Promise<void> {
  if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return;
  const hadController = navigator.serviceWorker.controller !== null;
  navigator.serviceWorker.addEventListener('controllerchange', () => {
    if (!hadController) isolateNow(isUntouched);
  });
  // It is of use to later visits. It would pass on every byte of the first, and take part of the processor for that.
  if (!hadController && crossOriginIsolated) await whenQuiet();
  try {
    const registration = await navigator.serviceWorker.register('service-worker.js');
    followVersions(registration);
    keepOnceReady();
    becomeShareTarget(await navigator.serviceWorker.ready);
  } catch {
    // A browser, or a host, that has none: the page works as it always did.
  }
}
