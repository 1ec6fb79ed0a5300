import { createStore } from 'zustand/vanilla';
import type { EmbeddingWord } from '../../../workers/api.ts';

/** The embeddings that the negative prompt names. */
export const negativeWordsStore = createStore<{ readonly embeddings: readonly EmbeddingWord[] }>(() => ({
  embeddings: [],
}));
