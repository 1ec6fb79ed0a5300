// Before every module that makes a schema.
import './zod-config.ts';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { engine } from '../engine-client/engine.ts';
import { probeDevice } from '../features/models/loading/engine-store.ts';
import '../ui/tokens.css';
import { App } from './App.tsx';
import { ErrorBoundary } from './ErrorBoundary.tsx';
import { takeDroppedFiles, takeFiles } from './file-drop.ts';
import { startOffline } from './offline.ts';
import { launchQueueOf, shareAnswer, takeLaunched, takeShared, tellShare } from './shared-files.ts';
import { greet, live, restore, settledSoon } from './start.ts';
import { startTheme } from './theme.ts';

startTheme();
let isTouched = false;
for (const kind of ['pointerdown', 'keydown', 'drop'] as const) {
  window.addEventListener(kind, () => (isTouched = true), { once: true });
}
const isUntouched = (): boolean => !isTouched;
const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no element with the id "root".');

// The worker and the runtime in it are fetched while the storage is read.
void probeDevice(engine);
const answer = shareAnswer(location.href);
const started = await restore(engine);
const greeting = greet(engine, started);
await settledSoon(greeting);
createRoot(root).render(
  <StrictMode>
    <ErrorBoundary>
      <App />
    </ErrorBoundary>
  </StrictMode>,
);
live(engine, started, greeting);
void startOffline(isUntouched);
takeDroppedFiles(engine);
// What the first visit fills in must not take their place.
await greeting.catch(() => undefined);
const take = (files: readonly File[]): Promise<void> => takeFiles(engine, files);
takeLaunched(launchQueueOf(window), take);
tellShare(answer);
if ('caches' in window && 'locks' in navigator)
  await takeShared(take, new URL('./', document.baseURI).href, caches, navigator.locks);
