import { useEffect, useMemo, useState } from 'react';
import { useStore } from 'zustand';
import { engineStore } from '../../models/loading/engine-store.ts';
import { composeStore } from '../draft/compose-store.ts';
import { embeddingsByWord, tokensStore } from './tokens.ts';
import { loadVocabulary, unknownWords, type Vocabulary } from './vocabulary.ts';

/** Longest caption that is looked through, in characters: the model reads the first few hundred. */
const longestLookedThrough = 2000;

interface Unknown {
  /** null where the chosen model ships none. */
  readonly vocabulary: Vocabulary | null;
  /** Indices of words of the caption. */
  readonly words: readonly number[];
}

/** What of a caption the chosen model was not taught. Pinned words and embeddings speak for themselves. */
export function useUnknownWords(caption: string): Unknown {
  const isEmbedded = useStore(engineStore, ({ choice }) => choice.source.kind === 'embedded');
  const pins = useStore(composeStore, (state) => state.pins);
  const tokens = useStore(tokensStore);
  const [loaded, setLoaded] = useState<Vocabulary | null>(null);
  useEffect(() => {
    if (isEmbedded) void loadVocabulary().then(setLoaded);
  }, [isEmbedded]);
  const vocabulary = isEmbedded ? loaded : null;
  const words = useMemo(() => {
    if (vocabulary === null || caption.length > longestLookedThrough) return [];
    const shown = new Set([...pins.map(({ word }) => word), ...embeddingsByWord(tokens, caption).keys()]);
    return unknownWords(caption, vocabulary, shown);
  }, [caption, pins, tokens, vocabulary]);
  return { vocabulary, words };
}
