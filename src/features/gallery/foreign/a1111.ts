/** The text that AUTOMATIC1111 and the tools after it write: prompt, negative prompt, one line of "key: value". */
import { Findings, type ForeignPicture } from './foreign-settings.ts';

const lastLine = /^Steps: \d+, /u;
const negative = 'Negative prompt:';
const keyCharacter = /[\w /+-]/u;

/** Keys that say nothing of the picture that this page could want. */
const passed: readonly string[] = [
  'Model hash',
  'VAE hash',
  'Version',
  'RNG',
  'Lora hashes',
  'TI hashes',
  'Hashes',
  'Schedule type',
  'Face restoration',
  'Token merging ratio',
  'Emphasis',
  'Civitai resources',
  'Civitai metadata',
  'Created Date',
];
const read: readonly string[] = ['Steps', 'Sampler', 'CFG scale', 'Seed', 'Size', 'Clip skip', 'Eta', 'Eta DDIM'];

/** @returns null where the text is of another kind */
export function readA1111(text: string): ForeignPicture | null {
  const lines = text.trim().split('\n');
  const isLast = lastLine.test(`${lines.at(-1) ?? ''}, `);
  if (!isLast) return null;
  const values = pairsOf(lines.at(-1) ?? '');
  const body = lines.slice(0, -1);
  const at = body.findIndex((line) => line.startsWith(negative));
  const caption = (at < 0 ? body : body.slice(0, at)).join('\n').trim();
  const unwanted = at < 0 ? '' : body.slice(at).join('\n').slice(negative.length).trim();

  const found = new Findings();
  found.number('steps', values.get('Steps'));
  found.sampler(values.get('Sampler'), values.get('Schedule type'));
  found.number('guidanceScale', values.get('CFG scale'));
  found.number('seed', values.get('Seed'));
  found.number('clipSkip', values.get('Clip skip'));
  found.number('eta', values.get('Eta DDIM') ?? values.get('Eta'));
  const [width, height] = (values.get('Size') ?? '').split('x');
  found.size(width, height);
  for (const [key, value] of values) {
    if (!read.includes(key) && !passed.includes(key)) found.leave(key === 'Model' ? 'model' : key, value);
  }
  // Its captions have no limit.
  found.settings['longCaptions'] = caption.length + unwanted.length > 0 && isLong(caption, unwanted);
  found.text('negativePrompt', withoutTags(unwanted, found));
  return found.done('AUTOMATIC1111', withoutTags(caption, found));
}

/** Keys and values, which are quoted where they hold a comma. Every character is looked at twice at most. */
function pairsOf(line: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (let at = 0; at < line.length;) {
    const colon = line.indexOf(':', at);
    if (colon < 0) break;
    let start = colon;
    while (start > at && keyCharacter.test(line.charAt(start - 1))) start -= 1;
    const end = valueEnd(line, colon + 1);
    const key = line.slice(start, colon).trim();
    if (key !== '') values.set(key, unquoted(line.slice(colon + 1, end).trim()));
    at = end + 1;
  }
  return values;
}

/** Where a value ends: at a comma, or behind its quotes. */
function valueEnd(line: string, from: number): number {
  const comma = line.indexOf(',', from);
  const usual = comma < 0 ? line.length : comma;
  let at = from;
  while (line.charAt(at) === ' ') at += 1;
  if (line.charAt(at) !== '"') return usual;
  for (at += 1; at < line.length && line.charAt(at) !== '"'; at += 1) if (line.charAt(at) === '\\') at += 1;
  const end = at + 1;
  return end === line.length || line.charAt(end) === ',' ? end : usual;
}

/** More words than surely fit into 75 tokens. */
function isLong(...texts: readonly string[]): boolean {
  return texts.some((text) => text.split(/[\s,]+/u).length > 45 || /\bBREAK\b/u.test(text));
}

function unquoted(value: string): string {
  if (!value.startsWith('"')) return value;
  try {
    return String(JSON.parse(value));
  } catch {
    return value.slice(1, -1);
  }
}

// Each goes over a text once: what begins anew ends what was begun.
const tag = /<(lora|lyco|hypernet):([^:<>]+)(?::[^<>]*)?>/gu;
const inBrackets = /\[([^[\]]*)\]/gu;

/** "[a:b:0.5]", "[a:0.5]", "[a|b]", "a AND b" */
function isEdited(text: string): boolean {
  if (/\bAND\b/u.test(text)) return true;
  return Array.from(text.matchAll(inBrackets)).some(
    ([, inner = '']) => inner.includes('|') || (inner.includes(':') && /[\d.]$/u.test(inner)),
  );
}

/** Takes the tags of LoRA files out, and says what stays as plain text though it means more there. */
function withoutTags(text: string, found: Findings): string {
  for (const [, kind = '', name = ''] of text.matchAll(tag))
    found.leave(kind === 'hypernet' ? 'hypernetwork' : 'LoRA', name);
  if (isEdited(text)) found.leave('prompt editing ([a:b:0.5], [a|b], AND)');
  return text
    .replace(tag, '')
    .replace(/[ \t]{2,}/gu, ' ')
    .trim();
}
