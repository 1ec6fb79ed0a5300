/** How the loaded model reads caption and negative prompt. One reading serves what the page shows and the run that follows. */
import type { CaptionTokens, EngineApi, ModelSummary, Result } from '../../../../workers/api.ts';
import { embeddingWords, fittingEmbeddings, type InstalledEmbedding } from '../embeddings/embeddings.ts';

export interface Texts {
  readonly caption: string;
  readonly negativePrompt: string;
  readonly longCaptions: boolean;
}

interface ReadTexts {
  readonly caption: CaptionTokens;
  readonly negativePrompt: CaptionTokens;
}

type Model = Pick<ModelSummary, 'embeddingDimension'>;
type Reading = Promise<Result<ReadTexts>>;

/** The last reading of a model, and what was read. */
const readings = new WeakMap<Model, { readonly key: string; readonly reading: Reading }>();

/** @param model the loaded one, as the engine gave it: another load reads anew */
export function readTexts(engine: Pick<EngineApi, 'tokenize'>, texts: Texts, model: Model): Reading {
  const embeddings = embeddingWords(fittingEmbeddings(model));
  const key = JSON.stringify([texts, embeddings]);
  const last = readings.get(model);
  if (last?.key === key) return last.reading;
  const reading = read();
  readings.set(model, { key, reading });
  return reading;

  async function read(): Reading {
    const caption = await engine.tokenize(texts.caption, embeddings, texts.longCaptions);
    if (!caption.ok) return failed(caption);
    const negativePrompt = await engine.tokenize(texts.negativePrompt, embeddings, texts.longCaptions);
    if (!negativePrompt.ok) return failed(negativePrompt);
    return { ok: true, value: { caption: caption.value, negativePrompt: negativePrompt.value } };
  }

  /** What failed is asked again. */
  function failed<F>(failure: F): F {
    if (readings.get(model)?.key === key) readings.delete(model);
    return failure;
  }
}

/** The embeddings that the texts name. */
export async function namedEmbeddings(
  engine: Pick<EngineApi, 'tokenize'>,
  texts: Texts,
  model: Model,
): Promise<Result<readonly InstalledEmbedding[]>> {
  const fitting = fittingEmbeddings(model);
  if (fitting.length === 0) return { ok: true, value: [] };
  const read = await readTexts(engine, texts, model);
  if (!read.ok) return read;
  const words = [...read.value.caption.words, ...read.value.negativePrompt.words];
  const named = new Set(words.flatMap(({ embeddings }) => embeddings.map(({ trigger }) => trigger)));
  return { ok: true, value: fitting.filter(({ trigger }) => named.has(trigger)) };
}
