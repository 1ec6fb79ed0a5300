import type { ReactElement } from 'react';
import { useStore } from 'zustand';
import { negativeWordsStore } from './negative-words.ts';
import { SettingField } from './SettingField.tsx';

/** What the picture should not show, and which embeddings that names. */
export function NegativePromptField(): ReactElement {
  const embeddings = useStore(negativeWordsStore, (state) => state.embeddings);
  const words = [...new Set(embeddings.map(({ trigger }) => trigger))];
  return (
    <SettingField
      name="negativePrompt"
      {...(words.length > 0 ? { hint: `${words.length === 1 ? 'Embedding' : 'Embeddings'}: ${words.join(', ')}` } : {})}
    />
  );
}
