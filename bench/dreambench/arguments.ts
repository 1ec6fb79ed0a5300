import { resolve } from 'node:path';
import { parseArgs } from 'node:util';

import { methods, parseMethods, type Method } from './methods.ts';
import { parseSubset, type Subset } from './plan.ts';

interface DreambenchArguments {
  /** DreamBench's folder "dataset". */
  readonly data: string;
  readonly out: string;
  readonly subset: Subset;
  readonly methods: readonly Method[];
  /** Where the encoders of the metrics come from. */
  readonly dino: string;
  readonly clip: string;
  readonly firstSeed: number;
  /** Of the unattended command, for every picture. */
  readonly flags: readonly string[];
}

/** What follows `npm run dreambench --`. @throws Error naming what is missing or wrong */
export function readArguments(argv: readonly string[]): DreambenchArguments {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      data: { type: 'string' },
      out: { type: 'string' },
      model: { type: 'string' },
      subset: { type: 'string', default: '5x5x1' },
      methods: { type: 'string', default: 'none,pseudo-word,look,look-bound,look-detail' },
      dino: { type: 'string', default: 'facebook/dino-vits16' },
      clip: { type: 'string', default: 'openai/clip-vit-base-patch32' },
      seed: { type: 'string', default: '0' },
    },
  });
  const { data, out, model, dino, clip } = values;
  if (data === undefined || out === undefined)
    throw new Error('--data (the folder "dataset" of github.com/google/dreambooth) and --out are needed.');
  const firstSeed = Number(values.seed);
  if (!Number.isInteger(firstSeed) || firstSeed < 0)
    throw new Error(`--seed ${values.seed} is no whole number from 0 on.`);
  const chosen = parseMethods(values.methods);
  const flags = [...(model === undefined ? [] : ['--model', model]), ...positionals];
  const looking = chosen.find((method) => 'voices' in methods[method].flags && methods[method].flags.voices === 'look');
  if (looking !== undefined && !flags.some((flag) => /^--look(=|$)/u.test(flag)))
    throw new Error(`--methods ${looking} needs an IP-Adapter: add -- --look FILE, or leave it out of --methods.`);
  return {
    data: resolve(data),
    out: resolve(out),
    subset: parseSubset(values.subset),
    methods: chosen,
    dino,
    clip,
    firstSeed,
    flags,
  };
}
