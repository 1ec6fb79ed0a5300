import { defineConfig } from '@playwright/test';

import { provideBrowser, softwareGpuFlags } from './provision/browser.ts';

/** Two runs beside each other need a port each; a server that is there already is used as it is. */
const port = Number(process.env['PINWORD_E2E_PORT'] ?? 4173);
/** Workers read this file too; only the first reader speaks. */
const executablePath = provideBrowser((line) => {
  if (process.env['TEST_WORKER_INDEX'] === undefined) console.log(line);
});

/**
 * The collector for the tests that call it; and functions of wasm are optimised after many more calls than usual: a test
 * computes less with most of them than their optimisation takes.
 */
const scriptFlags = ['--expose-gc', '--wasm-tiering-budget=300000000'];

export default defineConfig({
  testDir: 'e2e',
  testMatch: '**/*.spec.ts',
  outputDir: 'test-results',
  // The only limits: a machine that is slow, or shared, needs many times what a quick one does.
  timeout: 900_000,
  expect: { timeout: 180_000 },
  // One test waits for the page while another computes.
  workers: 2,
  reporter: 'list',
  use: {
    baseURL: `http://localhost:${port}`,
    // It would answer in place of what a test puts before the page; its own tests allow it.
    serviceWorkers: 'block',
    viewport: { width: 1440, height: 900 },
    // What moves without end is painted by a core of this machine. Tests of first visits and of runs see it move.
    reducedMotion: 'reduce',
    launchOptions: {
      args: [...softwareGpuFlags, `--js-flags=${scriptFlags.join(' ')}`],
      ...(executablePath === null ? {} : { executablePath }),
    },
  },
  webServer: {
    command: `npm run build -- --logLevel warn && npx vite preview --port ${port} --strictPort`,
    port,
    reuseExistingServer: true,
    timeout: 600_000,
  },
});
