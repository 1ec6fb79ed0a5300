import type { TensorFile } from '../tensor-files/tensor-file.ts';
import { isJsonObject, type JsonBounds, type JsonValue, parseForeignJson } from '../json/foreign-json.ts';
import { badLora, quoted } from './bad-lora.ts';
import { compilePattern, type Pattern, PatternRefusal } from './pattern.ts';

/** What diffusers writes beside peft's weights: a config for all modules of a part, with exceptions by pattern. */
export interface PeftMetadata {
  readonly alpha: number | null;
  /** The rank that the config says a module has, null where it says none. */
  readonly rank: number | null;
  /** Scale by alpha / √rank (rsLoRA, arXiv 2312.03732). */
  readonly stabilised: boolean;
}

/** Reads a file's config for a module. @throws PinwordError 'bad-lora' */
type ReadPeftMetadata = (module: string) => PeftMetadata;

const metadataKey = 'lora_adapter_metadata';
/** {part.alpha_pattern: {…}}, and configs of initialisations. One pattern a module is what diffusers writes at most. */
const bounds: JsonBounds = { maxDepth: 8, maxValues: 20_000, refusesRepeatedKeys: false };
/** Ways to begin a training that change the base's weights, which this file then does not fit. */
const changesBase = /^(?:pissa|corda|olora|loftq|lora_ga)/;
/** Steps over all patterns and modules of a file: some seconds. */
const maxSteps = 2e8;

/** @throws PinwordError 'bad-lora' where the config cannot be read. */
export function readPeftMetadata(file: TensorFile): ReadPeftMetadata {
  const text = file.metadata.get(metadataKey);
  if (text === undefined) return () => ({ alpha: null, rank: null, stabilised: false });
  const config = parse(file, text);
  const budget = { steps: maxSteps };
  const components = new Map<string, ReadPeftMetadata>();
  return (module) => {
    const [, component = '', name = ''] = /^([^.]+)\.(.+)$/s.exec(module) ?? [];
    const isOf = config.has(`${component}.r`) || config.has(`${component}.lora_alpha`);
    const prefix = isOf ? `${component}.` : '';
    const read = components.get(prefix) ?? readComponent(file, config, prefix, budget);
    components.set(prefix, read);
    return read(isOf ? name : module);
  };
}

function readComponent(
  file: TensorFile,
  config: ReadonlyMap<string, JsonValue>,
  prefix: string,
  budget: { steps: number },
): ReadPeftMetadata {
  const start = config.get(`${prefix}init_lora_weights`);
  if (typeof start === 'string' && changesBase.test(start))
    throw badLora(file, `was begun with "${start.slice(0, 40)}", which changes the model that it belongs to`);
  const alphas = new Exceptions(file, config.get(`${prefix}alpha_pattern`), budget);
  const ranks = new Exceptions(file, config.get(`${prefix}rank_pattern`), budget);
  const stabilised = config.get(`${prefix}use_rslora`) === true;
  return (name) => ({
    alpha: alphas.find(name) ?? numberOf(config.get(`${prefix}lora_alpha`)),
    rank: ranks.find(name) ?? numberOf(config.get(`${prefix}r`)),
    stabilised,
  });
}

/** Values by pattern; the first that fits counts, as in peft's get_pattern_key. */
class Exceptions {
  readonly #file: TensorFile;
  readonly #entries: readonly { readonly pattern: Pattern; readonly value: number }[];
  readonly #budget: { steps: number };

  constructor(file: TensorFile, patterns: JsonValue | undefined, budget: { steps: number }) {
    this.#file = file;
    this.#budget = budget;
    const entries = isJsonObject(patterns) ? [...patterns] : [];
    this.#entries = entries.map(([text, value]) => {
      if (typeof value !== 'number' || !Number.isFinite(value))
        throw badLora(file, `has a pattern ${quoted(text)} without a number`);
      return { pattern: compile(file, text), value };
    });
  }

  find(name: string): number | null {
    for (const { pattern, value } of this.#entries) {
      this.#budget.steps -= pattern.isPlain ? 1 : pattern.states * (name.length + 1);
      if (this.#budget.steps < 0) throw badLora(this.#file, 'has too many patterns for too many modules');
      if (pattern.fits(name)) return value;
    }
    return null;
  }
}

function compile(file: TensorFile, text: string): Pattern {
  try {
    return compilePattern(text);
  } catch (error) {
    if (!(error instanceof PatternRefusal)) throw error;
    throw badLora(file, `tells its modules apart by ${quoted(text)}, which cannot be read: ${error.message}`);
  }
}

function numberOf(value: JsonValue | undefined): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

function parse(file: TensorFile, text: string): ReadonlyMap<string, JsonValue> {
  try {
    const config = parseForeignJson(text, bounds);
    if (isJsonObject(config)) return config;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw badLora(file, `has metadata "${metadataKey}" that are no config`);
}
