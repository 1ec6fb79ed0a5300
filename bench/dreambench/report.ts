/** The tables of a run. */
import { mean } from '../../workers/pipeline/modules/cosine.ts';
import { meanOfSubjects, metrics, pairedBootstrap, type Scores } from './scores.ts';

/** Scores of one picture, or of the real photos of a subject, which have no caption. */
export interface Scored {
  readonly subject: string;
  readonly method: string;
  readonly scores: { readonly [Metric in keyof Scores]: number | null };
}

interface Table {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

const titles = { dino: 'DINO', clipI: 'CLIP-I', clipT: 'CLIP-T' } as const satisfies Record<keyof Scores, string>;

/** Figures are means of subjects' means. Behind each: by how much the method is above the first one, with its 95 % interval. */
export function reportRows(scored: readonly Scored[], runs: string): Table {
  const names = [...new Set(scored.map(({ method }) => method))].sort(
    (a, b) => Number(b === real) - Number(a === real),
  );
  const first = names.find((name) => name !== real);
  const seconds = secondsByFolder(runs);
  const rows = names.map((method) => [
    method,
    ...metrics.flatMap((metric) => {
      const values = bySubject(scored, method, metric);
      const figure = values.size === 0 ? '' : meanOfSubjects(values).toFixed(3);
      const base = first === undefined || method === real || method === first ? null : bySubject(scored, first, metric);
      return [figure, base === null ? '' : gain(values, base)];
    }),
    seconds.get(method)?.toFixed(1) ?? '',
  ]);
  const head = metrics.flatMap((metric) => [titles[metric], `above ${first ?? ''}`]);
  return { head: ['method', ...head, 's a picture'], rows };
}

const real = 'real against real';

function bySubject(
  scored: readonly Scored[],
  method: string,
  metric: keyof Scores,
): ReadonlyMap<string, readonly number[]> {
  const values = new Map<string, number[]>();
  for (const { subject, method: of, scores } of scored) {
    const value = scores[metric];
    if (of === method && value !== null) values.set(subject, [...(values.get(subject) ?? []), value]);
  }
  return values;
}

function gain(values: ReadonlyMap<string, readonly number[]>, base: ReadonlyMap<string, readonly number[]>): string {
  const shared = [...values.keys()].filter((subject) => base.has(subject));
  if (shared.length < 2) return '';
  const means = (of: ReadonlyMap<string, readonly number[]>) => shared.map((subject) => mean(of.get(subject) ?? []));
  const { mean: by, low, high } = pairedBootstrap(means(values), means(base));
  return `${signed(by)} [${signed(low)}, ${signed(high)}]`;
}

const signed = (value: number): string => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(3)}`;

/** What the unattended command printed, a line a picture → mean seconds by the folder of the picture, which is its method. */
function secondsByFolder(runs: string): ReadonlyMap<string, number> {
  const times = new Map<string, number[]>();
  for (const line of runs.split('\n').filter((text) => text.startsWith('{'))) {
    const { out, milliseconds } = JSON.parse(line) as { readonly out?: unknown; readonly milliseconds?: unknown };
    if (typeof out !== 'string' || typeof milliseconds !== 'number') continue;
    const method = out.split(/[\\/]/u).at(-2) ?? '';
    times.set(method, [...(times.get(method) ?? []), milliseconds / 1000]);
  }
  return new Map([...times].map(([method, seconds]) => [method, mean(seconds)]));
}
