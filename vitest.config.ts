import { defineConfig } from 'vitest/config';

import { adapterVariable, nullAdapter } from './provision/vulkan-driver.ts';

const sessions = {
  /** Software adapters compile their shaders in minutes where the machine is slow or shared. */
  testTimeout: 600_000,
  hookTimeout: 600_000,
  /** Optimizing ONNX Runtime's wasm takes longer than what the tests compute with it. */
  execArgv: ['--liftoff-only'],
};

/** Tests by what they need, which their names say; `npm test` and `npm run test:all` choose among them. */
export default defineConfig({
  test: {
    teardownTimeout: 60_000,
    // The default leaves a core to a watcher that is not there.
    maxWorkers: '100%',
    projects: [
      {
        // Files share a process: to start one and load packages for each takes longer than what they test.
        test: {
          name: 'unit',
          include: ['{src,workers,bench,docs,hosting,provision}/**/*.test.ts'],
          exclude: ['**/*.{host,parity,long,mock}.test.ts'],
          isolate: false,
          setupFiles: ['provision/undo-stubs.ts'],
          testTimeout: 180_000,
        },
      },
      {
        // What vi.mock replaces would stay replaced.
        test: { name: 'mock', include: ['{src,workers}/**/*.mock.test.ts'], testTimeout: 180_000 },
      },
      {
        // Host behaviour: buffers, dispatches, ownership. Dawn's null device takes every call and computes nothing.
        test: {
          name: 'host',
          include: ['workers/**/*.host.test.ts'],
          env: { [adapterVariable]: nullAdapter },
          ...sessions,
        },
      },
      // Numbers: what the graphs compute on wasm and on WebGPU.
      {
        test: {
          name: 'parity',
          isolate: false,
          setupFiles: ['provision/undo-stubs.ts'],
          include: ['{src,workers,bench}/**/*.parity.test.ts'],
          globalSetup: ['provision/vitest-setup.ts'],
          ...sessions,
        },
      },
      // The same where it takes long.
      {
        test: {
          name: 'long',
          include: ['{workers,bench,docs}/**/*.long.test.ts'],
          globalSetup: ['provision/vitest-setup.ts'],
          ...sessions,
        },
      },
    ],
  },
});
