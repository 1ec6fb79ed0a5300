import { EngineClient } from './engine-client.ts';

/** The page's one engine. The worker starts at the first call. */
export const engine = new EngineClient(
  () => new Worker(new URL('../../workers/worker.ts', import.meta.url), { type: 'module', name: 'engine' }),
);
