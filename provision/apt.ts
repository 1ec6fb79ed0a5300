import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** A version of a package that the sources of apt offer. */
export interface Offer {
  readonly version: string;
  /** E.g. `bookworm-backports`. */
  readonly suite: string;
  /** Address of the mirror. */
  readonly mirror: string;
}

export const isRoot = (): boolean => process.getuid?.() === 0;

/** apt-get and apt-cache with the same options: on the machine's own state, or on one in a folder. */
export class Apt {
  readonly #options: readonly string[];

  constructor(options: readonly string[] = []) {
    this.#options = options;
  }

  /** Reads what the sources offer. One source that does not answer fails the whole call, so what was read decides. */
  update(): void {
    try {
      run('apt-get', [...this.#options, 'update', '-qq']);
    } catch {
      return;
    }
  }

  install(suite: string, packages: readonly string[], options: readonly string[] = []): void {
    const quietly = ['install', '-y', '-qq', '--no-install-recommends'];
    run('apt-get', [...this.#options, ...quietly, ...options, '-t', suite, ...packages]);
  }

  /** What the sources offer, the newest first. */
  offers(name: string): Offer[] {
    return parseOffers(run('apt-cache', [...this.#options, 'madison', name]));
  }
}

/** Reads `apt-cache madison`, e.g. `mesa | 25.0.7-2 | http://deb.debian.org/debian trixie/main amd64 Packages`. */
export function parseOffers(printed: string): Offer[] {
  return printed.split('\n').flatMap((line) => {
    const [, version, place] = line.split('|').map((part) => part.trim());
    const [mirror, suite] = place?.split(' ') ?? [];
    if (version === undefined || mirror === undefined || suite === undefined || !place?.endsWith('Packages')) return [];
    return [{ version, suite: suite.replace(/\/.*$/u, ''), mirror }];
  });
}

/** The source line of the newer packages that Debian builds for a release; null on other systems. */
export function backportsSource(mirror: string): string | null {
  const release = readFileSync('/etc/os-release', 'utf8');
  const [, codename] = /^VERSION_CODENAME=(\w+)$/mu.exec(release) ?? [];
  return codename === undefined || !/^ID=debian$/mu.test(release) ? null : `deb ${mirror} ${codename}-backports main\n`;
}

/** @returns what it printed @throws Error with the last line of its complaint */
function run(command: string, args: readonly string[]): string {
  try {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    return execFileSync(command, args, { encoding: 'utf8', stdio: 'pipe', env });
  } catch (error) {
    const complaint = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : '';
    throw new Error(`${command}: ${complaint.split('\n').at(-1) ?? String(error)}`, { cause: error });
  }
}
