import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const usualPlaces = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/snap/bin/chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Google\\Chrome\\Application\\chrome.exe',
];

/**
 * What the address bar of every new window would load, some .75 s of a core; a window under test shows none. The last such
 * switch counts, so what Playwright leaves out of Chromium stands here too.
 */
const unusedFeatures: readonly string[] = [
  ...['WebUIOmniboxPopup', 'WebUIOmniboxAimPopup', 'WebUIOmniboxFullPopup'],
  ...['AimEnabled', 'AvoidCorsURLLoaderRestartOnRedirect', 'AvoidUnnecessaryBeforeUnloadCheckSync'],
  ...[
    'DestroyProfileOnBrowserClose',
    'HttpsFirstBalancedModeAutoEnable',
    'HttpsUpgrades',
    'LensOverlay',
    'MediaRouter',
  ],
  ...['NetworkTimeServiceQuerying', 'OptimizationHints', 'PaintHolding', 'PreconnectToSearch'],
  'ThirdPartyStoragePartitioning',
];

/** WebGPU wherever it can be had, and nothing that phones home. */
const quietFlags: readonly string[] = [
  `--disable-features=${unusedFeatures.join(',')}`,
  '--no-sandbox',
  '--enable-unsafe-webgpu',
  '--disable-dev-shm-usage',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
];

/** Real WebGPU on a software adapter: the same on every machine. */
export const softwareGpuFlags: readonly string[] = [...quietFlags, '--use-webgpu-adapter=swiftshader'];

/** Real WebGPU on this machine's graphics processor; where it has none, Chromium takes its software adapter by itself. */
export const ownGpuFlags: readonly string[] = [...quietFlags, '--ignore-gpu-blocklist', '--enable-features=Vulkan'];

/** Path of an installed Chromium or Chrome: $CHROMIUM_PATH, or one in the usual places. */
export function findBrowser(): string | null {
  const named = process.env['CHROMIUM_PATH'];
  return [...(named === undefined ? [] : [named]), ...usualPlaces].find((path) => existsSync(path)) ?? null;
}

/**
 * Finds a browser or installs one: by Playwright, or by apt as root on Debian. Says which.
 * @returns the path of its executable; null where Playwright's own is to be used
 */
export function provideBrowser(log: (line: string) => void): string | null {
  const found = findBrowser();
  if (found !== null) {
    log(`browser: ${found}`);
    return found;
  }
  for (const [name, install] of Object.entries({ playwright: installByPlaywright, apt: installByApt })) {
    try {
      const path = install();
      log(`browser: installed by ${name}${path === null ? '' : `, ${path}`}`);
      return path;
    } catch (error) {
      log(
        `browser: ${name} could not install one (${error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error)})`,
      );
    }
  }
  throw new Error('No Chromium or Chrome was found and none could be installed. Install one, or set CHROMIUM_PATH.');
}

function installByPlaywright(): null {
  execFileSync('npx', ['playwright', 'install', 'chromium'], { stdio: 'pipe', timeout: 300_000 });
  return null;
}

function installByApt(): string {
  if (process.getuid?.() !== 0) throw new Error('not root');
  execFileSync('apt-get', ['update', '-qq'], { stdio: 'pipe' });
  execFileSync('apt-get', ['install', '-y', '-qq', 'chromium'], { stdio: 'pipe' });
  const path = findBrowser();
  if (path === null) throw new Error('apt installed no Chromium');
  return path;
}
