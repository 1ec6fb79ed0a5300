import { engineClient } from './engine-client.ts';

/** The page's one engine. The worker starts at the first call. */
export const engine = engineClient(
  () => new Worker(new URL('../../workers/worker.ts', import.meta.url), { type: 'module', name: 'engine' }),
);
