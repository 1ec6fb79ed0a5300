import { cutOutClient } from './cut-out-client.ts';

/** The page's one worker that cuts subjects out. It starts at the first call. */
export const cutOutWorker = cutOutClient(
  () => new Worker(new URL('../../workers/cut-out/worker.ts', import.meta.url), { type: 'module', name: 'cut-out' }),
);
