import {
  isUsed,
  schedulers,
  settingKeys,
  settingTable,
  splitWords,
  type AnySetting,
  type PngText,
  type RunHas,
  type Settings,
} from '../../../workers/api.ts';
import { readSlice } from '../../storage/slice.ts';
import { detailOf, lookOf } from '../compose/pins/pins.ts';
import { recipeSlice, type Recipe } from './picture-record.ts';

/** Keyword of the chunk that A1111 and the tools after it read. */
const parametersKeyword = 'parameters';
/** Keyword of our own JSON. */
const recipeKeyword = 'pinword';

/** A value with a comma, colon, quote or line break is quoted, as A1111 does. */
function quoted(value: string): string {
  return /[,:"\n]/u.test(value) ? JSON.stringify(value) : value;
}

type Pair = readonly [key: string, value: string];

const ofPins: ReadonlySet<AnySetting['usedWith']> = new Set(['pins', 'look', 'bound']);

/** Those that this run uses, by the keys in the table: the ones that count for pins alone where it has pins, else all others. */
function settingPairs(settings: Settings, has: RunHas): readonly Pair[] {
  return settingKeys.flatMap((key): readonly Pair[] => {
    const row: AnySetting = settingTable[key];
    const isOfPins = ofPins.has(row.usedWith);
    const pngKey = key === 'eta' ? schedulers[settings.scheduler].etaKey : row.pngKey;
    if (pngKey === null || isOfPins !== has.pins || !isUsed(row, settings, has)) return [];
    if (row.saidWhenChanged === true && settings[key] === row.default) return [];
    const value = String(settings[key]);
    return [[pngKey, row.kind === 'choice' ? (row.choices[value] ?? value) : value]];
  });
}

/** How each pin speaks by its look: by its word, as the unattended command takes it. */
function lookPairs(pins: Recipe['compose']['pins']): readonly Pair[] {
  const looks = pins.map((pin) => {
    const { on, strength, role } = lookOf(pin);
    return `${pin.word}=${on ? `${strength} ${role}` : 'off'}`;
  });
  return looks.length > 0 ? [['Looks', looks.join('; ')]] : [];
}

/** How strongly each pin gives its fine detail, by its word. */
function detailPairs(pins: Recipe['compose']['pins']): readonly Pair[] {
  const details = pins.flatMap((pin) => {
    const { on, strength } = detailOf(pin);
    return on ? [`${pin.word}=${strength}`] : [];
  });
  return details.length > 0 ? [['Fine detail', details.join('; ')]] : [];
}

/** Where in the picture pins may be, by their words. */
function areaPairs(pins: Recipe['compose']['pins']): readonly Pair[] {
  const areas = pins.flatMap(({ word, area }) =>
    area === undefined ? [] : [`${word}=${[area.x, area.y, area.width, area.height].join(',')}`],
  );
  return areas.length > 0 ? [['Regions', areas.join('; ')]] : [];
}

/** The file's name, and whether only a part of it was made again. */
function startText({ picture, mask }: NonNullable<Recipe['start']>): string {
  return mask === null ? picture.name : `${picture.name} (marked part)`;
}

/** Caption, negative prompt and one line of "key: value" pairs. */
export function parametersText({ compose, embeddings, settings, start, model, guidanceMoved }: Recipe): string {
  const words = splitWords(compose.caption);
  const pins = compose.pins.map(
    ({ word, subjects }) => `${word}=${words[word] ?? ''} (${subjects.map(({ name }) => name).join(' + ')})`,
  );
  const details = detailPairs(compose.pins);
  const areas = model.look === undefined && details.length === 0 ? [] : areaPairs(compose.pins);
  const has = {
    pins: true,
    look: model.look !== undefined,
    bound: model.look !== undefined || details.length > 0,
    start: start !== undefined,
    tiny: model.tiny !== undefined,
  };
  const pairs: readonly Pair[] = [
    ...settingPairs(settings, { ...has, pins: false }),
    ...(settings.width !== null && settings.height !== null
      ? [['Size', `${settings.width}x${settings.height}`] as const]
      : []),
    ...(start === undefined ? [] : [['Started from', startText(start)] as const]),
    ['Model', model.name],
    ...(model.look === undefined ? [] : [['IP-Adapter', model.look] as const]),
    ...(model.tiny === undefined || settings.autoencoder === 'full' ? [] : [['Tiny autoencoder', model.tiny] as const]),
    ['RNG', 'CPU'],
    ...(embeddings.length > 0
      ? [['Embeddings', embeddings.map(({ trigger, name }) => `${trigger} (${name})`).join('; ')] as const]
      : []),
    ...(pins.length > 0 ? [...settingPairs(settings, has), ['Pinned words', pins.join('; ')] as const] : []),
    ...(model.look === undefined ? [] : lookPairs(compose.pins)),
    ...details,
    ...areas,
    ...(guidanceMoved ? [['Guidance', 'moved while forming'] as const] : []),
    ['Version', 'Pinword'],
  ];
  const lines = [compose.caption];
  if (settings.negativePrompt !== '') lines.push(`Negative prompt: ${settings.negativePrompt}`);
  lines.push(pairs.map(([key, value]) => `${key}: ${quoted(value)}`).join(', '));
  return lines.join('\n');
}

export function pictureMetadata(recipe: Recipe): readonly PngText[] {
  return [
    { keyword: parametersKeyword, text: parametersText(recipe) },
    { keyword: recipeKeyword, text: JSON.stringify({ version: recipeSlice.version, data: recipe }) },
  ];
}

/** @returns null where the chunks hold no recipe of ours that can be read. */
export function readRecipe(chunks: readonly PngText[]): Recipe | null {
  const chunk = chunks.find(({ keyword }) => keyword === recipeKeyword);
  if (chunk === undefined) return null;
  try {
    return readSlice(recipeSlice, JSON.parse(chunk.text));
  } catch {
    return null;
  }
}

/** "pinword-a-dog-on-the-beach-7.png" */
export function fileName({ compose, settings }: Recipe): string {
  const slug = compose.caption
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '-')
    .replace(/^-|-$/gu, '')
    .slice(0, 60);
  return `${['pinword', slug, String(settings.seed)].filter((part) => part !== '').join('-')}.png`;
}
