import * as z from 'zod';
import { plainWord, splitWords, type EngineApi, type Result } from '../../../../workers/api.ts';
import { settingSchema } from '../../settings/settings.ts';
import type { ComposeData, PinnedPicture, WordPin } from './pins.ts';
import { takePicture } from './subject-library.ts';

const sampleSchema = z.object({ file: z.string().min(1), title: z.string(), word: z.string() });
export type Sample = z.infer<typeof sampleSchema>;

const exampleSchema = z.object({
  caption: z.string().min(1),
  pins: z.array(z.object({ word: z.int().min(0), sample: z.string().min(1) })),
  alpha: settingSchema('alpha'),
  guidance: settingSchema('guidanceScale'),
  steps: settingSchema('steps'),
  seed: settingSchema('seed'),
});
export type Example = z.infer<typeof exampleSchema>;

const modelFolder = `${import.meta.env.BASE_URL}models/picturebook/`;

export function sampleUrl(file: string): string {
  return `${modelFolder}samples/${file}`;
}

/** The site may be built without samples or examples: then the lists are empty and nothing is offered. */
async function fetchList<T>(path: string, schema: z.ZodType<T>): Promise<readonly T[]> {
  try {
    const response = await fetch(`${modelFolder}${path}`);
    if (!response.ok) return [];
    const list = z.array(z.unknown()).parse(await response.json());
    return list.flatMap((entry) => {
      const parsed = schema.safeParse(entry);
      return parsed.success ? [parsed.data] : [];
    });
  } catch {
    return [];
  }
}

const memo = <T>(load: () => Promise<T>): (() => Promise<T>) => {
  let loaded: Promise<T> | null = null;
  return () => (loaded ??= load());
};

export const loadSamples = memo(() => fetchList('samples/samples.json', sampleSchema));
export const loadExamples = memo(() => fetchList('examples.json', exampleSchema));

export async function takeSample(
  engine: Pick<EngineApi, 'inspectImage'>,
  file: string,
  title: string,
): Promise<Result<PinnedPicture>> {
  try {
    const response = await fetch(sampleUrl(file));
    if (!response.ok) {
      return {
        ok: false,
        error: {
          code: 'http-status',
          message: `The sample picture could not be loaded: the server answered ${response.status}.`,
        },
      };
    }
    return await takePicture(engine, await response.blob(), { name: title, sample: file });
  } catch {
    return {
      ok: false,
      error: {
        code: 'network',
        message: 'The sample picture could not be loaded. Check the connection and try again.',
      },
    };
  }
}

/** Samples whose word is the one to pin come first. */
export function sortSamples(samples: readonly Sample[], word: string): readonly Sample[] {
  const wanted = plainWord(word);
  const fits = (sample: Sample): number => (plainWord(sample.word) === wanted ? 0 : 1);
  return [...samples].sort((a, b) => fits(a) - fits(b));
}

/** Turns an example into a composition by loading its sample pictures; those that fail to load stay unpinned. */
export async function composeExample(engine: Pick<EngineApi, 'inspectImage'>, example: Example): Promise<ComposeData> {
  const samples = await loadSamples();
  const words = splitWords(example.caption);
  const pins: WordPin[] = [];
  for (const { word, sample } of example.pins) {
    const text = words[word];
    if (text === undefined) continue;
    const title = samples.find(({ file }) => file === sample)?.title ?? sample;
    const picture = await takeSample(engine, sample, title);
    if (!picture.ok) continue;
    const present = pins.find((pin) => pin.word === word);
    if (present === undefined)
      pins.push({ word, anchor: plainWord(text), hue: pins.length, subjects: [picture.value] });
    else present.subjects.push(picture.value);
  }
  return { caption: example.caption, pins };
}
