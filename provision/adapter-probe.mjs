// Prints what the WebGPU adapter of Dawn calls itself; nothing where there is none. Runs in a process of its own, because
// a driver is found by the environment that a process starts with.
import { create, globals } from 'webgpu';

Object.assign(globalThis, globals);
const adapter = await create([]).requestAdapter();
if (adapter !== null) {
  const { vendor, architecture, device, description } = adapter.info;
  console.log([vendor, architecture, description === '' ? device : description].filter(Boolean).join(' '));
}
process.exit(0);
