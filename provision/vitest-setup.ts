import { adapterVariable, provideVulkanDriver } from './vulkan-driver.ts';

/** Tests run in processes that start after this, so they find the driver. */
export function setup(): void {
  if (process.env[adapterVariable] !== undefined) return;
  Object.assign(process.env, provideVulkanDriver(console.log));
}
