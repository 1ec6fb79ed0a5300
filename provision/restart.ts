import { spawnSync } from 'node:child_process';

import { adapterVariable, provideVulkanDriver } from './vulkan-driver.ts';

/** Starts this program again with a driver in its environment, where it was started without and one can be provided. */
export function restartWithDriver(): void {
  if (process.env[adapterVariable] !== undefined) return;
  const environment = provideVulkanDriver(console.log);
  if (environment === null) return;
  const { status } = spawnSync(process.execPath, [...process.execArgv, ...process.argv.slice(1)], {
    stdio: 'inherit',
    env: { ...process.env, ...environment },
  });
  process.exit(status ?? 1);
}
