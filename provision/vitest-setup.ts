import { join } from 'node:path';

import { cacheFolder } from './unpacked-driver.ts';
import { adapterVariable, provideVulkanDriver } from './vulkan-driver.ts';

/**
 * Tests compute little with each shader, and llvmpipe compiles it longer than that. With narrow vectors it compiles in half
 * the time.
 */
const quickCompiler = (): Readonly<Record<string, string>> => ({
  LP_NATIVE_VECTOR_WIDTH: '128',
  // Mesa's own folder may hold shaders of wider vectors, and does not tell them apart.
  MESA_SHADER_CACHE_DIR: join(cacheFolder(), 'shaders'),
});

/** Tests run in processes that start after this, so they find the driver. */
export function setup(): void {
  if (process.env[adapterVariable] !== undefined) return;
  Object.assign(process.env, quickCompiler(), provideVulkanDriver(console.log));
}
