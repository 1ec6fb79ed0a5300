import { readdir, readFile } from 'node:fs/promises';

/** Of Linux, in every /proc/PID/stat. */
const ticksPerSecond = 100;

interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly seconds: number;
}

/**
 * Seconds of processor time that a browser has used up in all of its processes, whatever else the machine did meanwhile.
 * @param profile its folder, by which its first process is known @returns null where the operating system is not Linux
 */
export async function cpuSeconds(profile: string): Promise<number | null> {
  if (process.platform !== 'linux') return null;
  const all = await processes();
  const family = new Set(await firstOf(profile, all));
  // Children come after their parents in no order: look until nobody is added.
  for (let before = -1; before < family.size;) {
    before = family.size;
    for (const { pid, parent } of all) if (family.has(parent)) family.add(pid);
  }
  return all.filter(({ pid }) => family.has(pid)).reduce((sum, { seconds }) => sum + seconds, 0);
}

async function processes(): Promise<readonly Process[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  // Processes end while they are looked at.
  const stats = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null)));
  return stats.flatMap((stat) => {
    if (stat === null) return [];
    // The second field, in brackets, may hold anything.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const ticks = Number(fields[11]) + Number(fields[12]);
    return [{ pid: Number.parseInt(stat, 10), parent: Number(fields[1]), seconds: ticks / ticksPerSecond }];
  });
}

async function firstOf(profile: string, all: readonly Process[]): Promise<readonly number[]> {
  const commands = await Promise.all(all.map(({ pid }) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')));
  return all.flatMap(({ pid }, index) => {
    const command = commands[index] ?? '';
    return command.includes(`--user-data-dir=${profile}`) && !command.includes('--type=') ? [pid] : [];
  });
}
