/** A job of the unattended command: one press of Generate, checked before anything starts. */
import { existsSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { readUrlParameters } from '../../src/features/settings/url-parameters.ts';
import { loraWeight, settingKeys, settingTable, splitWords, type SettingKey } from '../../workers/api.ts';
import { parseRepoPath } from '../../src/features/models/sources/repo-path.ts';
import { addValue, jobFlags, WrongArguments, type FlagValues } from './generate-flags.ts';
import { detailsOf, looksOf, type JobLook } from './generate-looks.ts';

/** What a page is opened with. Jobs with the same can share a page. */
export interface PageNeeds {
  /** An address, or a folder of this machine; null takes the miniature model. */
  readonly model: string | null;
  readonly provider: string | null;
  readonly loras: readonly { readonly file: string; readonly weight: number }[];
  readonly embeddings: readonly string[];
  /** Weights, and config.json where they are in a folder with one. */
  readonly projector: readonly string[];
  readonly imageEncoder: string | null;
  /** An IP-Adapter, and its image encoder: files of this machine, or places. */
  readonly look: string | null;
  readonly lookImageEncoder: string | null;
  /** A tiny autoencoder: a file or folder of this machine, or a place. */
  readonly tinyAutoencoder: string | null;
}

export interface Job {
  readonly caption: string;
  /** A file for each picture. */
  readonly out: readonly string[];
  /** Files by the word that they are pinned on. */
  readonly pins: ReadonlyMap<number, readonly string[]>;
  /** Words whose pictures are cut out. */
  readonly cutOut: ReadonlySet<number>;
  /** By the same words. */
  readonly looks: ReadonlyMap<number, JobLook>;
  /** How strongly fine detail is copied, by the same words. */
  readonly details: ReadonlyMap<number, number>;
  /** The picture that it starts from; null where it starts from noise. */
  readonly start: string | null;
  /** What of that is made again; null where all of it is. */
  readonly mask: string | null;
  /** The text of every setting that was given. */
  readonly settings: ReadonlyMap<SettingKey, string>;
  readonly page: PageNeeds;
  /** Milliseconds. */
  readonly timeout: number;
}

/** @throws WrongArguments */
export function jobOf(values: FlagValues): Job {
  const caption = one(values, 'caption');
  const out = one(values, 'out');
  if (caption === null || splitWords(caption).length === 0 || out === null)
    throw new WrongArguments('--caption and --out are needed.');
  const settings = checkSettings(values);
  const start = one(values, 'start');
  if (start === null && settings.has('strength'))
    throw new WrongArguments('--denoising-strength says how much of a picture is made again: name one with --start.');
  const mask = one(values, 'mask');
  if (start === null && mask !== null)
    throw new WrongArguments('--mask says what of a picture is made again: name one with --start.');
  const pins = pinsOf(values['pin'] ?? [], caption);
  const look = one(values, 'look');
  const details = detailsOf(values['detail'] ?? [], new Set(pins.keys()));
  const voices = { hasLook: look !== null, detailed: new Set(details.keys()) };
  return {
    caption,
    out: outputs(out, Number(settings.get('count') ?? 1)),
    pins,
    cutOut: cutOutOf(values['cut-out'] ?? [], pins),
    looks: looksOf(values, new Set(pins.keys()), voices),
    details,
    start: start === null ? null : existing('start', start),
    mask: mask === null ? null : existing('mask', mask),
    settings,
    page: checkAddons({
      model: one(values, 'model'),
      provider: one(values, 'provider'),
      loras: (values['lora'] ?? []).map(loraOf),
      embeddings: (values['embedding'] ?? []).map((file) => existing('embedding', file)),
      projector: projectorOf(one(values, 'projector')),
      imageEncoder: one(values, 'image-encoder'),
      look,
      lookImageEncoder: one(values, 'look-image-encoder'),
      tinyAutoencoder: tinyOf(values, settings),
    }),
    timeout: timeoutOf(one(values, 'timeout') ?? '3600'),
  };
}

function checkAddons(needs: PageNeeds): PageNeeds {
  const { model, loras, projector, imageEncoder, look, lookImageEncoder, tinyAutoencoder } = needs;
  const places = [imageEncoder, look, tinyAutoencoder];
  if (model === null && (loras.length > 0 || projector.length > 0 || places.some((place) => place !== null)))
    throw new WrongArguments(
      '--lora, --projector, --image-encoder, --look and --tiny-autoencoder go with a Stable Diffusion checkpoint: name one with --model.',
    );
  if (look === null && lookImageEncoder !== null)
    throw new WrongArguments('--look-image-encoder goes with an IP-Adapter: name one with --look.');
  if (look !== null) checkPlace('look', look);
  return needs;
}

/** @throws WrongArguments where a setting takes one and none is named */
function tinyOf(values: FlagValues, settings: Job['settings']): string | null {
  const place = one(values, 'tiny-autoencoder');
  for (const key of ['autoencoder', 'previews'] as const) {
    if (place === null && settings.get(key) === 'tiny')
      throw new WrongArguments(
        `--${settingTable[key].name} tiny goes with a tiny autoencoder: name one with --tiny-autoencoder, e.g. madebyollin/taesd.`,
      );
  }
  if (place !== null && !existsSync(place) && 'problem' in parseRepoPath(place, 'http://127.0.0.1/'))
    existing('tiny-autoencoder', place);
  return place;
}

/** A file that is here; or a place, which the page reads: what has the form of neither is a file that is missing. */
function checkPlace(flag: string, place: string): void {
  const read = parseRepoPath(place, 'http://127.0.0.1/');
  if (!existsSync(place) && ('problem' in read || read.path === null)) existing(flag, place);
}

/** A line of --jobs. @param shared what is given beside --jobs @throws WrongArguments */
export function jobOfLine(line: string, shared: FlagValues): Job {
  const values: Record<string, readonly string[]> = {};
  for (const [name, value] of Object.entries(objectOf(line))) {
    const given: readonly unknown[] = Array.isArray(value) ? value : [value];
    for (const item of given) {
      if (typeof item !== 'string' && typeof item !== 'number')
        throw new WrongArguments(`"${name}" must be a text or a number, or a list of these.`);
      if (!jobFlags.some((flag) => flag.name === name))
        throw new WrongArguments(`There is no key "${name}". A line has the names of the options.`);
      addValue(values, name, String(item), `"${name}"`);
    }
  }
  return jobOf({ ...shared, ...values });
}

function objectOf(line: string): object {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw new WrongArguments('This line is not valid JSON.');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new WrongArguments('This line is no JSON object. Write {"caption": "…", "out": "…"}.');
  return value;
}

const one = (values: FlagValues, name: string): string | null => values[name]?.[0] ?? null;

/** As the page would read them from its address. @returns the text of those that were given @throws WrongArguments */
export function checkSettings(values: FlagValues): ReadonlyMap<SettingKey, string> {
  const settings = new Map<SettingKey, string>();
  const url = new URL('http://127.0.0.1/');
  for (const key of settingKeys) {
    const { name } = settingTable[key];
    const text = name === null ? null : one(values, name);
    if (name === null || text === null) continue;
    settings.set(key, text);
    url.searchParams.set(name, text);
  }
  const provider = one(values, 'provider');
  if (provider !== null) url.searchParams.set('provider', provider);
  const model = one(values, 'model');
  if (model !== null && !existsSync(model)) url.searchParams.set('model', model);
  const { problems } = readUrlParameters(url.href);
  if (problems.length > 0) throw new WrongArguments(problems.join(' ').replaceAll(' in the address was ignored', ''));
  return settings;
}

/** @throws WrongArguments for a word on which nothing is pinned */
function cutOutOf(words: readonly string[], pins: Job['pins']): ReadonlySet<number> {
  return new Set(
    words.map((text) => {
      const word = /^\d+$/u.test(text) ? Number(text) : null;
      if (word === null || !pins.has(word))
        throw new WrongArguments(`--cut-out ${text}: name a word that has a --pin, counted from 0.`);
      return word;
    }),
  );
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
    files.set(Number(word), [...(files.get(Number(word)) ?? []), existing('pin', file)]);
  }
  return files;
}

/** "style.safetensors:0.5"; a file whose own name has a colon is taken as it is. */
function loraOf(text: string): PageNeeds['loras'][number] {
  const [, file = text, weight] = existsSync(text) ? [] : (/^(.*):([^:]*)$/s.exec(text) ?? []);
  const value = weight === undefined ? loraWeight.default : weight.trim() === '' ? NaN : Number(weight);
  if (!(value >= loraWeight.min && value <= loraWeight.max))
    throw new WrongArguments(
      `--lora ${text}: the weight must be a number from ${loraWeight.min} to ${loraWeight.max}.`,
    );
  return { file: existing('lora', file), weight: value };
}

/** A file; or a folder in our own format, with its config.json. */
function projectorOf(path: string | null): readonly string[] {
  if (path === null) return [];
  existing('projector', path);
  if (!statSync(path).isDirectory()) return [path];
  const names = ['diffusion_pytorch_model.safetensors', 'model.safetensors'];
  const weights = names.map((name) => join(path, name)).find((file) => existsSync(file));
  const config = join(path, 'config.json');
  if (weights === undefined || !existsSync(config))
    throw new WrongArguments(`--projector ${path}: the folder needs config.json and ${names.join(' or ')}.`);
  return [weights, config];
}

function existing(flag: string, file: string): string {
  if (!existsSync(file)) throw new WrongArguments(`--${flag}: there is no file ${file}.`);
  return file;
}

function timeoutOf(text: string): number {
  const seconds = Number(text);
  if (!(seconds > 0)) throw new WrongArguments(`--timeout ${text} is no number of seconds.`);
  return 1000 * seconds;
}

function outputs(out: string, count: number): readonly string[] {
  if (!(count > 1)) return [out];
  const [, stem = out, ending = ''] = /^(.*?)(\.[^./\\]*)?$/s.exec(out) ?? [];
  return Array.from({ length: count }, (_, index) => `${stem}-${index + 1}${ending}`);
}

/** Jobs that would write over each other. @throws WrongArguments */
export function refuseTaken({ out }: Job, taken: Map<string, string>, place: string): void {
  for (const file of out) {
    const other = taken.get(resolve(file));
    if (other !== undefined) throw new WrongArguments(`${file} is already the picture of ${other}.`);
  }
  for (const file of out) taken.set(resolve(file), place);
}
