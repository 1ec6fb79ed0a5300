import { createStore } from 'zustand/vanilla';
import type { CaptionTokens, EngineApi } from '../../../workers/api.ts';
import { latestOnly } from '../../storage/latest-only.ts';
import { engineStore } from '../models/engine-store.ts';
import { composeStore } from './compose-store.ts';

/** How the loaded model's tokenizer reads a caption; null until a model has read it. */
interface TokensState {
  readonly caption: string;
  readonly tokens: CaptionTokens | null;
}

export const tokensStore = createStore<TokensState>(() => ({ caption: '', tokens: null }));

/** Tokenizes the caption whenever it changes, and again when another model is ready. */
export function followCaption(engine: Pick<EngineApi, 'tokenize'>): void {
  const tokenize = latestOnly(async (caption: string) => {
    const result = await engine.tokenize(caption);
    if (result.ok) tokensStore.setState({ caption, tokens: result.value });
  });
  const refresh = (): void => {
    if (engineStore.getState().model.kind === 'ready') tokenize(composeStore.getState().caption);
  };
  composeStore.subscribe((state, before) => {
    if (state.caption !== before.caption) refresh();
  });
  engineStore.subscribe((state, before) => {
    if (state.model !== before.model) refresh();
  });
  refresh();
}

/** Tokens left when the counter begins to show. */
const near = 17;

/** Most words that get a button before the tokenizer has said how many the model reads. */
const unreadWords = 100;

/**
 * The words worth a button: those that the model reads, and pinned ones among the rest, so that they can be unpinned.
 * While a newer caption is being read, the last answer says how many to expect.
 */
export function buttonWords({ tokens }: TokensState, wordCount: number, pinned: ReadonlySet<number>): readonly number[] {
  const firstCut = tokens?.words.findIndex(({ cutOff }) => cutOff) ?? -1;
  const read = Math.min(wordCount, firstCut < 0 ? unreadWords : firstCut);
  return Array.from({ length: wordCount }, (_, word) => word).filter((word) => word < read || pinned.has(word));
}

interface LimitView {
  /** "71 of 77 tokens", once the limit is near. */
  readonly counter: string | null;
  readonly over: boolean;
  /** Words that the model does not see. */
  readonly cutOff: ReadonlySet<number>;
}

export function limitView({ caption, tokens }: TokensState, current: string): LimitView {
  if (tokens === null || caption !== current) return { counter: null, over: false, cutOff: new Set() };
  const { tokenCount, limit, words } = tokens;
  return {
    counter: tokenCount > limit - near ? `${tokenCount} of ${limit} tokens` : null,
    over: tokenCount > limit,
    cutOff: new Set(words.flatMap((word, index) => (word.cutOff ? [index] : []))),
  };
}
