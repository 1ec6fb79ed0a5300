/**
 * A run can be described by the address: caption, settings, model. Used by links and by the unattended command.
 * What is wrong is named and left out; the rest still counts.
 */
import { expectedOf, settingKeys, settingTable, splitWords, valueOfText, type Provider } from '../../../workers/api.ts';
import { hasPassword, parseBaseUrl } from '../models/sources/sources.ts';
import { settingsSchema, type Settings } from './settings.ts';

interface UrlParameters {
  readonly caption: string | null;
  /** Checked values by their key in Settings. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Base URL of a folder in diffusers layout. */
  readonly model: string | null;
  readonly provider: Provider | null;
  /** A sentence for each parameter that could not be used. */
  readonly problems: readonly string[];
}

/** Longest caption or negative prompt, in characters, that is taken from elsewhere: the model reads the first few hundred. */
export const longestForeignText = 20_000;

export function readUrlParameters(address: string): UrlParameters {
  const { searchParams: query, hash } = new URL(address);
  // What stands behind # is sent to no server.
  if (isSettingsHash(hash)) for (const [name, value] of new URLSearchParams(hash.slice(1))) query.set(name, value);
  const { settings, problems } = readSettings(query);

  const modelText = query.get('model');
  const source = modelText === null ? null : parseBaseUrl(modelText, address);
  const model = source !== null && 'baseUrl' in source ? source.baseUrl : null;
  if (source === hasPassword) {
    problems.push(`“model” in the address was ignored. ${hasPassword.problem}`);
  } else if (modelText !== null && model === null) {
    problems.push(
      `“model=${modelText}” in the address was ignored: it must be the http or https address of a model folder, without a query.`,
    );
  }
  const providerText = query.get('provider');
  const provider = providerText === 'webgpu' || providerText === 'wasm' ? providerText : null;
  if (providerText !== null && provider === null) {
    problems.push(`“provider=${providerText}” in the address was ignored: provider must be webgpu or wasm.`);
  }
  const caption = query.get('caption');
  const pinned = pinnedWords(query.get('pinned'), caption);
  if (pinned.length > 0) {
    problems.push(`A link carries no pictures. Pin your own on ${pinned.map((word) => `“${word}”`).join(' and ')}.`);
  }
  for (const [name, text] of [
    ['caption', caption],
    ['negative', query.get('negative')],
  ] as const) {
    if (text !== null && text.length > longestForeignText)
      problems.push(`“${name}” in the address was cut to ${longestForeignText} characters.`);
  }
  return { caption: caption?.slice(0, longestForeignText) ?? null, settings, model, provider, problems };
}

/** Whether a fragment holds settings, and not the name of a place in the page. */
export function isSettingsHash(hash: string): boolean {
  return hash.includes('=');
}

/** Most words that a sentence names. */
const mostPinned = 8;

/** The words of a caption that had something pinned on them, by their indices: "1,4". */
function pinnedWords(indices: string | null, caption: string | null): readonly string[] {
  if (indices === null || caption === null) return [];
  const words = splitWords(caption.slice(0, longestForeignText));
  return indices
    .split(',')
    .slice(0, mostPinned)
    .flatMap((index) => (/^\d+$/u.test(index) ? (words[Number(index)] ?? []) : []));
}

function readSettings(query: URLSearchParams): { settings: Record<string, unknown>; problems: string[] } {
  const settings: Record<string, unknown> = {};
  const problems: string[] = [];
  for (const key of settingKeys) {
    const row = settingTable[key];
    const text = row.name === null ? null : (query.get(row.name)?.slice(0, longestForeignText) ?? null);
    if (row.name === null || text === null) continue;
    const value = valueOfText(row, text);
    if (value !== undefined) settings[key] = value;
    else problems.push(`“${row.name}=${text}” in the address was ignored: ${row.name} must be ${expectedOf(row)}.`);
  }
  // A seed that is given is meant to be used for every run.
  if (settings['seed'] !== undefined) settings['seedLocked'] = true;
  return { settings, problems };
}

/** Lays checked values over settings. */
export function overlaySettings(base: Settings, checked: Readonly<Record<string, unknown>>): Settings {
  return settingsSchema.parse({ ...base, ...checked });
}
