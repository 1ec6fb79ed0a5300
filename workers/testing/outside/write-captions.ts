/**
 * Writes random captions with the tokens that the product gives them, one JSON line each, for check_captions.py:
 * `npx tsx workers/testing/outside/write-captions.ts FILE [COUNT] [SEED]`.
 */
import { createWriteStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { once } from 'node:events';

import { literalText } from '../../contract/prompt-weights.ts';
import { parseText } from '../../pipeline/prompt/parsed-text.ts';
import { tokenizeText } from '../../pipeline/prompt/tokenized-text.ts';
import { loadTokenizer } from '../../pipeline/prompt/tokenizer.ts';
import { TriggerWords } from '../../pipeline/prompt/trigger-words.ts';

const [path, count = '100000', seed = '1'] = process.argv.slice(2);
if (path === undefined) throw new RangeError('Name a file for the captions.');

let state = BigInt(seed);
/** A linear congruential generator with Knuth's constants, so that a seed gives the same captions on every machine. */
function below(limit: number): number {
  state = BigInt.asUintN(64, state * 6_364_136_223_846_793_005n + 1_442_695_040_888_963_407n);
  return Math.floor((Number(state >> 32n) / 2 ** 32) * limit);
}
const pick = <T>(items: readonly T[]): T => items[below(items.length)] as T;

const words =
  "a an the photo of dog cat puppy on in at beach city garden blue red Spotted STRIPED golden-retriever don't it's I'M we're they'll o'clock 3 42 1,000 3.14 8k 4K HDR (masterpiece:1.2) [fog] <lora:x> naïve café Straße ΟΔΟΣ Σίσυφος İstanbul ǅ ﬁne 日本語 犬が走る 海滩上的狗 สุนัขบนชายหาด 한국어 שלום العَرَبِيَّة हिन्दी தமிழ் မြန်မာ 😀 👩‍👩‍👧‍👦 🇩🇪 👍🏽 ❤️ <|endoftext|> <|startoftext|> <|EndOfText|> </w>".split(
    ' ',
  );
const spaces = [
  ' ',
  ' ',
  ' ',
  '  ',
  '\t',
  '\n',
  '\r\n',
  '\u00a0',
  '\u0085',
  '\u2028',
  '\u3000',
  '\ufeff',
  '\u200b',
  '',
];
const marks = Array.from('.,;:!?\'"`()[]{}<>-_/\\|@#$%^&*+=~…—–“”‘’«»、。「」¿¡€£½²³Ⅷ٣');
/** Where scripts, marks, symbols and what is not assigned lie; the surrogates are left out: no text has them alone. */
const ranges: readonly (readonly [number, number])[] = [
  [0x00, 0x24f],
  [0x250, 0x52f],
  [0x530, 0x8ff],
  [0x900, 0x1cff],
  [0x1d00, 0x2fff],
  [0x3000, 0xa4cf],
  [0xa4d0, 0xd7ff],
  [0xe000, 0xffff],
  [0x10000, 0x16fff],
  [0x17000, 0x1dfff],
  [0x1e000, 0x1ffff],
  [0x20000, 0x323ff],
  [0xe0000, 0xe01ef],
];

function character(): string {
  const [from, to] = pick(ranges);
  return String.fromCodePoint(from + below(to - from + 1));
}

const makers: readonly (() => string)[] = [
  () => pick(words),
  () => pick(words),
  () => pick(words) + pick(marks),
  () => pick(marks) + pick(words),
  () => pick(words) + pick(words),
  () => String(below(100_000)),
  () => Array.from({ length: 1 + below(5) }, character).join(''),
  () => pick(words) + character() + pick(words),
  () => Array.from({ length: 1 + below(4) }, () => pick(marks)).join(''),
];

/** Every character, among letters, alone before punctuation, and among marks that normalization puts in order. */
function* everyCharacter(): Generator<string> {
  for (let code = 0; code <= 0x33479; code++) {
    const one = String.fromCodePoint(code);
    if (code < 0xd800 || code > 0xdfff) yield `a${one}b.${one}! x\u0315${one}\u0316y a${one}\u0301\u0327`;
  }
}

const caption = (): string => Array.from({ length: 1 + below(10) }, () => pick(makers)() + pick(spaces)).join('');

const clip = new URL('../../../public/tokenizers/clip/', import.meta.url);
const text = (file: string): Promise<string | null> => readFile(new URL(file, clip), 'utf8').catch(() => null);
const tokenizer = await loadTokenizer(
  { text, json: async (file) => JSON.parse((await text(file)) ?? 'null') as unknown },
  77,
);

const out = createWriteStream(path);
function* captions(): Generator<string> {
  for (let index = 0; index < Number(count); index++) yield caption();
  yield* everyCharacter();
}

for (const line of captions()) {
  const { ids } = tokenizeText(tokenizer, parseText(literalText(line), new TriggerWords([])));
  if (!out.write(`${JSON.stringify({ text: line, ids })}\n`)) await once(out, 'drain');
}
out.end();
await once(out, 'finish');
console.log(
  `${count} captions and every character are written (seed ${seed}, Unicode ${process.versions['unicode'] ?? '?'}).`,
);
