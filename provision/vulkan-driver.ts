import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { Apt, isRoot } from './apt.ts';
import { driverPackages, mesaOffer, oldestMesa } from './mesa.ts';
import { unpackDriver } from './unpacked-driver.ts';

/** What a process needs in its environment, from its start, to have WebGPU in Node. */
type DriverEnvironment = Readonly<Record<string, string>>;

/** Names the adapter that was found, for those who want to know whether there is one. */
export const adapterVariable = 'PINWORD_WEBGPU_ADAPTER';

/** Stands for Dawn's null device, which needs no driver. */
export const nullAdapter = 'null';

/** Chooses one way of those below, or `none`, in place of the first that works. */
const wayVariable = 'PINWORD_VULKAN_DRIVER';

const driverFolders = ['/usr/share/vulkan/icd.d', '/usr/local/share/vulkan/icd.d', '/etc/vulkan/icd.d'];

/** Each gives an environment, or throws what was in its way. The first with an adapter is taken. */
const linuxWays: Readonly<Record<string, () => DriverEnvironment>> = {
  found: findDriver,
  apt: installDriver,
  unpacked: () => ({ ...unpackDriver() }),
};

/**
 * Finds a driver for WebGPU in Node, or provides Mesa's software driver: by apt as root on Debian and its kin, else
 * unpacked into a folder of this user. Says which, and says loudly where there is none.
 * @returns null where WebGPU cannot be tested
 */
export function provideVulkanDriver(log: (line: string) => void): DriverEnvironment | null {
  const asked = process.env[wayVariable];
  const ways = process.platform === 'linux' ? linuxWays : { 'the system’s': () => ({}) };
  const reasons: string[] = [];
  for (const [name, provide] of Object.entries(ways)) {
    if (asked !== undefined && asked !== name) continue;
    try {
      const environment = provide();
      const adapter = probeAdapter(environment);
      log(`webgpu: ${adapter} (${name})`);
      return { ...environment, [adapterVariable]: adapter };
    } catch (error) {
      reasons.push(`  ${name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  log(notTested(reasons));
  return null;
}

function notTested(reasons: readonly string[]): string {
  return [
    '',
    '='.repeat(100),
    'webgpu: NOT TESTED. There is no graphics driver that WebGPU in Node works with, and none could be provided:',
    ...reasons,
    `Install Mesa ${oldestMesa} or newer (${driverPackages.join(', ')}), or name a driver with VK_DRIVER_FILES.`,
    '='.repeat(100),
    '',
  ].join('\n');
}

/** @throws Error where Dawn finds no adapter, or Mesa's in a version that is too old */
function probeAdapter(environment: DriverEnvironment): string {
  const { stdout, stderr } = spawnSync(process.execPath, [join(import.meta.dirname, 'adapter-probe.mjs')], {
    encoding: 'utf8',
    env: { ...process.env, ...environment },
  });
  const adapter = stdout.trim();
  if (adapter === '') throw new Error(`WebGPU finds no adapter with it. ${stderr.split('\n')[0] ?? ''}`);
  const [, mesa] = /llvmpipe.*Mesa (\d+)/u.exec(adapter) ?? [];
  if (mesa !== undefined && Number(mesa) < oldestMesa) throw new Error(`${adapter} is too old`);
  return adapter;
}

/** The driver that VK_DRIVER_FILES names, or Mesa's software driver where the system has it. */
function findDriver(): DriverEnvironment {
  const named = process.env['VK_DRIVER_FILES'];
  if (named !== undefined) return { VK_DRIVER_FILES: named };
  const [found] = driverFolders
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)))
    .filter((path) => /\/lvp_icd\b.*\.json$/u.test(path));
  if (found === undefined) throw new Error('Mesa’s software driver is not installed');
  return { VK_DRIVER_FILES: found };
}

function installDriver(): DriverEnvironment {
  if (!isRoot()) throw new Error('not root');
  const apt = new Apt();
  const { suite } = mesaOffer(apt, (line) => {
    writeFileSync('/etc/apt/sources.list.d/backports-for-mesa.list', line);
  });
  apt.install(suite, driverPackages);
  return findDriver();
}
