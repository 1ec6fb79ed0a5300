import { mapClient } from './map-client.ts';

/** Lays maps of subjects out. Its worker starts with a map and ends with it. */
export const mapWorker = mapClient(
  () => new Worker(new URL('../../workers/map/worker.ts', import.meta.url), { type: 'module', name: 'map' }),
);
