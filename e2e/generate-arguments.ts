import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';

import { splitWords } from '../workers/api.ts';
import { readUrlParameters } from '../src/features/settings/url-parameters.ts';

const text = { type: 'string' } as const;
const options = {
  caption: text,
  pin: { type: 'string', multiple: true },
  alpha: text,
  guidance: text,
  steps: text,
  seed: text,
  negative: text,
  width: text,
  height: text,
  scheduler: text,
  eta: text,
  positions: text,
  provider: text,
  model: text,
  out: text,
  timeout: text,
} as const;

/** Options that the page takes from its address. */
const addressed = [
  'caption',
  'alpha',
  'guidance',
  'steps',
  'seed',
  'negative',
  'width',
  'height',
  'scheduler',
  'eta',
  'positions',
  'provider',
] as const;

export type Arguments = ReturnType<typeof readArguments>;

/** What the person has to change in the command. */
export class WrongArguments extends Error {}

/** @throws WrongArguments, also for what the page would ignore */
export function readArguments(argv: readonly string[]) {
  const { values } = parse(argv);
  if (values.caption === undefined || splitWords(values.caption).length === 0 || values.out === undefined)
    throw new WrongArguments('--caption and --out are needed.');
  const timeout = Number(values.timeout ?? 3600);
  if (!(timeout > 0)) throw new WrongArguments(`--timeout ${values.timeout ?? ''} is no number of seconds.`);
  const { problems } = readUrlParameters(address('http://127.0.0.1/', values, values.model ?? null));
  if (problems.length > 0) throw new WrongArguments(problems.join(' '));
  return {
    ...values,
    caption: values.caption,
    out: values.out,
    timeout: 1000 * timeout,
    pins: pinsOf(values.pin ?? [], values.caption),
  };
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options });
  } catch (error) {
    throw new WrongArguments(error instanceof Error ? error.message : String(error));
  }
}

/** "1=dog.png" → word 1; the files of each word. */
function pinsOf(pins: readonly string[], caption: string): ReadonlyMap<number, readonly string[]> {
  const words = splitWords(caption).length;
  const files = new Map<number, string[]>();
  for (const pin of pins) {
    const [, word, file] = /^(\d+)=(.+)$/s.exec(pin) ?? [];
    if (word === undefined || file === undefined)
      throw new WrongArguments(`--pin ${pin} is not WORD=FILE, as in --pin 1=dog.png.`);
    if (Number(word) >= words)
      throw new WrongArguments(`--pin ${pin}: the caption has ${words} words, counted from 0.`);
    if (!existsSync(file)) throw new WrongArguments(`--pin ${pin}: there is no file ${file}.`);
    files.set(Number(word), [...(files.get(Number(word)) ?? []), file]);
  }
  return files;
}

/** The site's address with everything that the page reads from it. @param model address of a folder in diffusers layout */
export function address(
  site: string,
  values: Readonly<Partial<Record<(typeof addressed)[number], string>>>,
  model: string | null,
): string {
  const url = new URL(site);
  for (const name of addressed) {
    const value = values[name];
    if (value !== undefined) url.searchParams.set(name, value);
  }
  if (model !== null) url.searchParams.set('model', model);
  return url.href;
}
