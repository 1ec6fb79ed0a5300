import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir, userInfo } from 'node:os';
import { dirname, join } from 'node:path';

import { Apt } from './apt.ts';
import { driverPackages, mesaOffer } from './mesa.ts';

interface UnpackedDriver {
  readonly VK_DRIVER_FILES: string;
  readonly LD_LIBRARY_PATH: string;
}

/**
 * Mesa's software driver in a folder of this user, for those who may not install packages: apt downloads it and what it
 * needs that the system lacks, dpkg unpacks them.
 */
export function unpackDriver(): UnpackedDriver {
  const folder = join(cacheFolder(), 'vulkan-driver');
  if (!existsSync(folder)) {
    const unfinished = `${folder}.${process.pid}`;
    try {
      downloadPackages(join(unfinished, 'apt'));
      unpackPackages(join(unfinished, 'apt/cache/archives'), join(unfinished, 'root'));
      rmSync(join(unfinished, 'apt'), { recursive: true });
      renameSync(unfinished, folder);
    } finally {
      rmSync(unfinished, { recursive: true, force: true });
    }
  }
  return describeDriver(folder);
}

/** The cache of this user; a folder among the temporary ones where the user has no home. */
export function cacheFolder(): string {
  const usual = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'pinword');
  try {
    mkdirSync(usual, { recursive: true });
    return usual;
  } catch {
    const temporary = join(tmpdir(), `pinword-${userInfo().username}`);
    mkdirSync(temporary, { recursive: true, mode: 0o700 });
    return temporary;
  }
}

/** With a state of its own, apt needs no rights. Packages that the system has in a version that fits are left out. */
function downloadPackages(folder: string): void {
  const sources = join(folder, 'sources.list');
  for (const part of ['lists/partial', 'cache/archives/partial']) mkdirSync(join(folder, part), { recursive: true });
  const systemList = '/etc/apt/sources.list';
  writeFileSync(sources, existsSync(systemList) ? readFileSync(systemList) : '');
  const settings = {
    'Dir::State': folder,
    'Dir::State::status': '/var/lib/dpkg/status',
    'Dir::Cache': join(folder, 'cache'),
    'Dir::Etc::SourceList': sources,
    'Debug::NoLocking': 'true',
    'APT::Sandbox::User': userInfo().username,
  };
  const apt = new Apt(Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`]));
  const { suite } = mesaOffer(apt, (line) => {
    writeFileSync(sources, line, { flag: 'a' });
  });
  apt.install(suite, driverPackages, ['--download-only', '--reinstall']);
}

/** The C library is the one part that a process cannot take from elsewhere. */
const belongsToSystem = (name: string): boolean => /^(libc6|libc-bin|base-files)_/u.test(name);

function unpackPackages(archives: string, root: string): void {
  const packages = readdirSync(archives).filter((name) => name.endsWith('.deb') && !belongsToSystem(name));
  if (packages.length === 0) throw new Error('apt downloaded nothing');
  for (const name of packages) execFileSync('dpkg', ['-x', join(archives, name), root], { stdio: 'pipe' });
}

/** The driver's own description names its library without a folder; this one names the file. */
function describeDriver(folder: string): UnpackedDriver {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const library = files.find((path) => path.endsWith('/libvulkan_lvp.so'));
  const found = files.find((path) => /\/lvp_icd\b.*\.json$/u.test(path));
  if (library === undefined || found === undefined) throw new Error(`${folder} holds no driver; delete it`);
  const path = join(folder, 'driver.json');
  const described = readFileSync(join(folder, found), 'utf8');
  writeFileSync(path, described.replace(/"library_path":\s*"[^"]*"/u, `"library_path": "${join(folder, library)}"`));
  return { VK_DRIVER_FILES: path, LD_LIBRARY_PATH: libraryFolders(folder, files).join(':') };
}

/** Packages put their libraries into more than one folder. */
function libraryFolders(folder: string, files: readonly string[]): string[] {
  const own = new Set(files.filter((path) => /\.so(\.|$)/u.test(path)).map((path) => join(folder, dirname(path))));
  const earlier = process.env['LD_LIBRARY_PATH'];
  return [...own, ...(earlier === undefined ? [] : [earlier])];
}
