import { expose } from 'comlink';

import type { MapApi } from '../api.ts';
import { asResult } from '../as-result.ts';
import { layoutOf } from './layout.ts';

const api: MapApi = {
  layout: (vectors) => asResult(() => Promise.resolve().then(() => layoutOf(vectors))),
};

expose(api);
