export type { EngineApi } from './api.ts';
