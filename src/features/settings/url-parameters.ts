/**
 * A run can be described by the address: caption, settings, model. Used by links and by the unattended command.
 * What is wrong is named and left out; the rest still counts.
 */
import { expectedOf, settingKeys, settingTable, valueOfText, type Provider } from '../../../workers/api.ts';
import { hasPassword, parseBaseUrl } from '../models/sources.ts';
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
  const query = new URL(address).searchParams;
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
  for (const [name, text] of [
    ['caption', caption],
    ['negative', query.get('negative')],
  ] as const) {
    if (text !== null && text.length > longestForeignText)
      problems.push(`“${name}” in the address was cut to ${longestForeignText} characters.`);
  }
  return { caption: caption?.slice(0, longestForeignText) ?? null, settings, model, provider, problems };
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
