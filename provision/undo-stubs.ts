import { afterAll, vi } from 'vitest';

// Test files share a process and the packages that it has loaded. Modules of this project keep state, so each file gets
// them anew.
vi.resetModules();

afterAll(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});
