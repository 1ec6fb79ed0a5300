import { provideVulkanDriver } from './vulkan-driver.ts';

/** Tests run in processes that start after this, so they find the driver. */
export function setup(): void {
  Object.assign(
    process.env,
    provideVulkanDriver((line) => {
      console.log(line);
    }),
  );
}
