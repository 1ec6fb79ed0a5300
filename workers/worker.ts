import { expose } from 'comlink';

import type { EngineApi } from './api.ts';
import { browserEnvironment } from './browser-environment.ts';
import { Engine } from './engine/engine.ts';
