/** Settings of other tools' pictures, as far as they mean something here; the rest is named. */
import { isAllowed, schedulers, settingTable, type SchedulerName, type SettingKey } from '../../../../workers/api.ts';
import type { Settings } from '../../settings/settings.ts';

/** What a picture of another tool says. */
export interface ForeignPicture {
  /** Who made it, for people. */
  readonly tool: string;
  readonly caption: string | null;
  readonly settings: Partial<Settings>;
  /** What it says and this page cannot do or does not know, each in a few words. */
  readonly leftOut: readonly string[];
}

/** Gathers values: those that the table allows, and the names of the others. */
export class Findings {
  readonly settings: Record<string, unknown> = {};
  readonly leftOut: string[] = [];

  /** @param said what the picture says; nothing is said of undefined */
  number(key: SettingKey, said: unknown): void {
    if (said === undefined || said === null || said === '') return;
    const value = Number(said);
    if (isAllowed(settingTable[key], value)) this.settings[key] = value;
    else this.leave(settingTable[key].label, said);
  }

  text(key: SettingKey, said: unknown): void {
    if (typeof said === 'string') this.settings[key] = said;
  }

  sampler(said: unknown, schedule?: unknown): void {
    if (typeof said !== 'string' || said === '') return;
    const name = schedulerOf(said, typeof schedule === 'string' ? schedule : '');
    if (name === null) this.leave('sampler', [said, schedule].filter((part) => typeof part === 'string').join(' '));
    else this.settings['scheduler'] = name;
  }

  size(width: unknown, height: unknown): void {
    this.number('width', width);
    this.number('height', height);
  }

  leave(what: string, said?: unknown): void {
    const text = typeof said === 'string' || typeof said === 'number' ? ` ${said}` : '';
    this.leftOut.push(`${what}${text}`.slice(0, 80));
  }

  /** A seed that is given is meant to be used. */
  done(tool: string, caption: unknown): ForeignPicture {
    const settings = { ...this.settings, ...(this.settings['seed'] === undefined ? {} : { seedLocked: true }) };
    return {
      tool,
      caption: typeof caption === 'string' && caption.trim() !== '' ? caption : null,
      settings,
      leftOut: [...new Set(this.leftOut)],
    };
  }
}

/** What samplers are called elsewhere, without spaces and marks, in lower case. */
const samplerNames: Readonly<Record<string, SchedulerName>> = {
  ddim: 'ddim',
  dpmpp2m: 'dpmsolver++2m',
  'dpm++2m': 'dpmsolver++2m',
  dpmpp2mk: 'dpmsolver++2m-karras',
  'dpm++2mkarras': 'dpmsolver++2m-karras',
  dpmpp2mkarras: 'dpmsolver++2m-karras',
  euler: 'euler',
  keuler: 'euler',
  eulera: 'euler-ancestral',
  keulera: 'euler-ancestral',
  eulerancestral: 'euler-ancestral',
  lcm: 'lcm',
  tcd: 'tcd',
};

/** Schedules that are what the sampler does anyway. */
const plainSchedules: readonly string[] = ['', 'automatic', 'normal', 'ddimuniform', 'uniform', 'sgmuniform'];

function schedulerOf(said: string, schedule: string): SchedulerName | null {
  const bare = (text: string): string => text.toLowerCase().replace(/[\s_-]/gu, '');
  const isPlain = plainSchedules.includes(bare(schedule));
  const name = samplerNames[isPlain ? bare(said) : bare(said + schedule)];
  if (name !== undefined) return name;
  const own = Object.entries(schedulers).find(([, { label }]) => bare(label) === bare(said));
  return isPlain && own !== undefined ? (own[0] as SchedulerName) : null;
}
