/** The options of the unattended command: what each is for, and how an argument list is read. */
import { parseArgs } from 'node:util';

import { expectedOf, lookRoles, settingKeys, settingTable, type AnySetting } from '../../workers/api.ts';

/** What the person has to change in the command. */
export class WrongArguments extends Error {}

interface Flag {
  readonly name: string;
  /** What its value is, for the usage text. */
  readonly value: string;
  readonly help: string;
  /** It may be given several times. */
  readonly isList?: boolean;
}

/** The table of settings, as far as a setting has a name. */
const settingFlags: readonly Flag[] = settingKeys.flatMap((key): readonly Flag[] => {
  const row: AnySetting = settingTable[key];
  return row.name === null ? [] : [{ name: row.name, value: expectedOf(row), help: row.help }];
});

/** What a job can say, on the command line or as a key in a line of --jobs. */
export const jobFlags: readonly Flag[] = [
  { name: 'caption', value: 'text', help: 'What the picture shows. Needed.' },
  {
    name: 'out',
    value: 'file.png',
    help: 'Where the picture goes. Needed. Several pictures get -1, -2, … in their names.',
  },
  {
    name: 'pin',
    value: 'word=file',
    help: 'Pins a picture or an embedding on a word of the caption, counted from 0.',
    isList: true,
  },
  {
    name: 'cut-out',
    value: 'word',
    help: 'Leaves the background of the pictures on a word out. For other models than the picture book this downloads a network of 44 MB, once a page.',
    isList: true,
  },
  {
    name: 'strength',
    value: 'word=0…1.5',
    help: 'How strongly the look of what is pinned on a word speaks.',
    isList: true,
  },
  {
    name: 'take-over',
    value: `word=${Object.keys(lookRoles).join('|')}`,
    help: 'What of the look is taken over.',
    isList: true,
  },
  {
    name: 'region',
    value: 'word=x,y,w,h',
    help: 'Where in the picture it may be: left, top, width and height as shares of the picture.',
    isList: true,
  },
  {
    name: 'detail',
    value: 'word[=0…1.5]',
    help: 'Copies the fine detail of the pictures on a word: texture, print, logo. Each of them makes every step longer.',
    isList: true,
  },
  {
    name: 'start',
    value: 'file',
    help: 'A picture that the run starts from; --denoising-strength says how much is made again.',
  },
  {
    name: 'mask',
    value: 'file',
    help: 'What of --start is made again: white; black and transparent parts stay. It lies over the whole picture, whatever its size.',
  },
  ...settingFlags,
  {
    name: 'model',
    value: 'address or folder',
    help: 'A model as a folder with model_index.json. Without it: the picture book.',
  },
  { name: 'provider', value: 'webgpu or wasm', help: 'What computes: the graphics processor, or the processor.' },
  { name: 'lora', value: 'file[:weight]', help: 'Merges a LoRA file into the model.', isList: true },
  { name: 'embedding', value: 'file', help: 'Adds an embedding that the caption can name.', isList: true },
  {
    name: 'look',
    value: 'file, owner/name/file, or address',
    help: 'An IP-Adapter, which gives pinned pictures a look.',
  },
  {
    name: 'look-image-encoder',
    value: 'file, folder, owner/name/folder, or address',
    help: 'Its image encoder; else the folder image_encoder beside it.',
  },
  {
    name: 'tiny-autoencoder',
    value: 'file, folder, owner/name, or address',
    help: 'A tiny autoencoder (TAESD), which --decoder tiny and --previews tiny take.',
  },
  { name: 'projector', value: 'file or folder', help: 'The network that turns a picture into a word.' },
  { name: 'image-encoder', value: 'owner/name, address or folder', help: 'Where the image encoder comes from.' },
  { name: 'timeout', value: 'seconds', help: 'After this a picture is given up. 3600 unless it is said.' },
];

const commandFlags: readonly Flag[] = [
  {
    name: 'site',
    value: 'address',
    help: 'A site that is served already, such as one of npm start. Without it the site is built first.',
  },
  {
    name: 'jobs',
    value: 'file.jsonl',
    help: 'Runs a job a line: JSON objects whose keys are the names above. What is given beside it counts for every line.',
  },
];

const flags = [...jobFlags, ...commandFlags];

/** Values by name, each as often as it was given. */
export type FlagValues = Readonly<Record<string, readonly string[]>>;

export function usage(): string {
  const width = Math.max(...flags.map(({ name }) => name.length)) + 4;
  const lines = flags.map(({ name, value, help }) => `  ${`--${name}`.padEnd(width)}${help} (${value})`);
  return [
    'npm run generate -- --caption "a dog on the beach" --pin 1=dog.png --out out.png',
    '',
    ...lines,
    '',
    'Prints one JSON line a picture or job. Exit codes: 0 done, 1 a picture is missing, 2 wrong arguments.',
  ].join('\n');
}

/** @returns null where help is asked for. @throws WrongArguments */
export function readFlags(argv: readonly string[]): FlagValues | null {
  const options = Object.fromEntries(flags.map(({ name }) => [name, { type: 'string', multiple: true } as const]));
  const { tokens } = parseArgs({
    args: [...argv],
    options: { ...options, help: { type: 'boolean', short: 'h' } },
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const values: Record<string, readonly string[]> = {};
  for (const token of tokens) {
    if (token.kind === 'positional')
      throw new WrongArguments(`“${token.value}” belongs to no option. Write --name value; --help lists the names.`);
    if (token.kind === 'option-terminator') continue;
    if (token.name === 'help' || token.name === 'h') return null;
    if (token.value === undefined && flags.some(({ name }) => name === token.name))
      throw new WrongArguments(`${token.rawName} needs a value after it.`);
    addValue(values, token.name, token.value ?? '', token.rawName);
  }
  return values;
}

/** @throws WrongArguments for a name that is none, and for a second value where only one can count */
export function addValue(values: Record<string, readonly string[]>, name: string, value: string, shown = name): void {
  const flag = flags.find((candidate) => candidate.name === name);
  if (flag === undefined) throw new WrongArguments(`There is no option ${shown}. --help lists all.`);
  const before = values[name] ?? [];
  if (before.length > 0 && flag.isList !== true) throw new WrongArguments(`${shown} is given twice.`);
  values[name] = [...before, value];
}

/** The address of --site; null where the site is to be built. @throws WrongArguments where it is no address */
export function servedSite(address: string | undefined): string | null {
  if (address === undefined || (/^https?:/u.test(address) && URL.canParse(address))) return address ?? null;
  throw new WrongArguments(`--site ${address} is no address. Write it as http://localhost:4173/.`);
}
