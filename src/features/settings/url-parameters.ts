/**
 * A run can be described by the address: caption, settings, model. Used by links and by the unattended command.
 * What is wrong is named and left out; the rest still counts.
 */
import * as z from 'zod';
import type { Provider } from '../../../workers/api.ts';
import { parseBaseUrl } from '../models/sources.ts';
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

const fields = settingsSchema.shape;
const numeric = (text: string): unknown => (text.trim() === '' ? text : Number(text));
const literal = (text: string): unknown => text;

interface Parameter {
  readonly key: keyof Settings;
  readonly read: (text: string) => unknown;
  readonly schema: z.ZodType;
  readonly expected: string;
}

const settingParameters: Readonly<Record<string, Parameter>> = {
  alpha: { key: 'alpha', read: numeric, schema: fields.alpha, expected: 'a number from 0 to 1' },
  guidance: { key: 'guidanceScale', read: numeric, schema: fields.guidanceScale, expected: 'a number from 1 to 30' },
  steps: { key: 'steps', read: numeric, schema: fields.steps, expected: 'a whole number from 1 to 1000' },
  seed: { key: 'seed', read: numeric, schema: fields.seed, expected: 'a whole number from 0 to 4294967295' },
  width: { key: 'width', read: numeric, schema: fields.width, expected: 'a whole number from 64 to 1024' },
  height: { key: 'height', read: numeric, schema: fields.height, expected: 'a whole number from 64 to 1024' },
  negative: { key: 'negativePrompt', read: literal, schema: fields.negativePrompt, expected: 'text' },
  scheduler: {
    key: 'scheduler',
    read: literal,
    schema: fields.scheduler,
    expected: `one of ${fields.scheduler.options.join(', ')}`,
  },
  eta: { key: 'eta', read: numeric, schema: fields.eta, expected: 'a number from 0 to 1' },
  positions: { key: 'subjectPositions', read: literal, schema: fields.subjectPositions, expected: 'pinned or all' },
  count: { key: 'count', read: numeric, schema: fields.count, expected: 'a whole number from 1 to 16' },
};

export function readUrlParameters(address: string): UrlParameters {
  const query = new URL(address).searchParams;
  const problems: string[] = [];
  const settings: Record<string, unknown> = {};
  for (const [name, { key, read, schema, expected }] of Object.entries(settingParameters)) {
    const text = query.get(name);
    if (text === null) continue;
    const parsed = schema.safeParse(read(text));
    if (parsed.success) settings[key] = parsed.data;
    else problems.push(`“${name}=${text}” in the address was ignored: ${name} must be ${expected}.`);
  }
  // A seed that is given is meant to be used for every run.
  if (settings['seed'] !== undefined) settings['seedLocked'] = true;

  const modelText = query.get('model');
  const source = modelText === null ? null : parseBaseUrl(modelText, address);
  const model = source !== null && 'baseUrl' in source ? source.baseUrl : null;
  if (modelText !== null && model === null) {
    problems.push(
      `“model=${modelText}” in the address was ignored: it must be the http or https address of a model folder, without a query.`,
    );
  }
  const providerText = query.get('provider');
  const provider = providerText === 'webgpu' || providerText === 'wasm' ? providerText : null;
  if (providerText !== null && provider === null) {
    problems.push(`“provider=${providerText}” in the address was ignored: provider must be webgpu or wasm.`);
  }
  return { caption: query.get('caption'), settings, model, provider, problems };
}

/** Lays checked values over settings. */
export function overlaySettings(base: Settings, checked: Readonly<Record<string, unknown>>): Settings {
  return settingsSchema.parse({ ...base, ...checked });
}
