import { createStore } from 'zustand/vanilla';
import type { CaptionTokens, EmbeddingWord, EngineApi, ModelSummary } from '../../../../workers/api.ts';
import { latestOnly } from '../../../storage/latest-only.ts';
import { engineStore } from '../../models/loading/engine-store.ts';
import { negativeWordsStore } from '../../settings/negative-words.ts';
import { settingsStore } from '../../settings/settings.ts';
import { composeStore } from '../draft/compose-store.ts';
import { embeddingStore } from '../embeddings/embeddings.ts';
import { readTexts, type Texts } from './read-texts.ts';

/** How the loaded model's tokenizer reads a caption; null until a model has read it. */
interface TokensState {
  readonly caption: string;
  readonly tokens: CaptionTokens | null;
}

export const tokensStore = createStore<TokensState>(() => ({ caption: '', tokens: null }));

/**
 * Has the caption read whenever it changes, and again when another model is ready or the embeddings change; the negative
 * prompt too, for the embeddings in it.
 */
export function followCaption(engine: Pick<EngineApi, 'tokenize'>): void {
  const read = latestOnly(async ({ model, ...texts }: Texts & { readonly model: ModelSummary }) => {
    const result = await readTexts(engine, texts, model);
    if (!result.ok) return;
    tokensStore.setState({ caption: texts.caption, tokens: result.value.caption });
    negativeWordsStore.setState({ embeddings: result.value.negativePrompt.words.flatMap((word) => word.embeddings) });
  });
  const refresh = (): void => {
    const { model } = engineStore.getState();
    if (model.kind !== 'ready') return;
    const { caption } = composeStore.getState();
    const { negativePrompt, longCaptions } = settingsStore.getState();
    read({ caption, negativePrompt, longCaptions, model: model.summary });
  };
  composeStore.subscribe((state, before) => {
    if (state.caption !== before.caption) refresh();
  });
  settingsStore.subscribe((state, before) => {
    if (state.negativePrompt !== before.negativePrompt || state.longCaptions !== before.longCaptions) refresh();
  });
  embeddingStore.subscribe(refresh);
  engineStore.subscribe((state, before) => {
    if (state.model !== before.model) refresh();
  });
  refresh();
}

/** The embeddings that each word of the caption names, by the word's index. */
export function embeddingsByWord(
  { caption, tokens }: TokensState,
  current: string,
): ReadonlyMap<number, readonly EmbeddingWord[]> {
  if (tokens === null || caption !== current) return new Map();
  return new Map(
    tokens.words.flatMap(({ embeddings }, index) => (embeddings.length > 0 ? [[index, embeddings] as const] : [])),
  );
}

/** BOS and EOS, which are no part of what is written. */
const framing = 2;

/** Most words that get a button before the tokenizer has said how many the model reads. */
const unreadWords = 100;

/**
 * The words worth a button: those that the model reads, and pinned ones among the rest, so that they can be unpinned.
 * While a newer caption is being read, the last answer says how many to expect.
 */
export function buttonWords(
  { tokens }: TokensState,
  wordCount: number,
  pinned: ReadonlySet<number>,
): readonly number[] {
  const firstCut = tokens?.words.findIndex(({ cutOff }) => cutOff) ?? -1;
  const read = Math.min(wordCount, firstCut < 0 ? unreadWords : firstCut);
  return Array.from({ length: wordCount }, (_, word) => word).filter((word) => word < read || pinned.has(word));
}

interface LimitView {
  /** How full the caption is, or what is left out beyond it; null until the model has read it. */
  readonly counter: string | null;
  readonly over: boolean;
  /** Words that the model does not see. */
  readonly cutOff: ReadonlySet<number>;
}

export function limitView({ caption, tokens }: TokensState, current: string): LimitView {
  if (tokens === null || caption !== current) return { counter: null, over: false, cutOff: new Set() };
  const { tokenCount, limit, words } = tokens;
  const cutOff = new Set(words.flatMap((word, index) => (word.cutOff ? [index] : [])));
  const over = tokenCount > limit;
  if (over) return { counter: tooLong(cutOff.size), over, cutOff };
  return { counter: `${tokenCount - framing} of ${limit - framing} tokens`, over, cutOff };
}

function tooLong(count: number): string {
  return `Too long: ${count === 1 ? 'the last word is' : `the last ${count} words are`} left out.`;
}
