import type { ReactElement } from 'react';
import { useStore } from 'zustand';
import { TextField } from '../../ui/Fields.tsx';
import { negativeWordsStore } from './negative-words.ts';
import { setSettings, settingsStore } from './settings.ts';

/** What the picture should not show, and which embeddings that names. */
export function NegativePromptField(): ReactElement {
  const negativePrompt = useStore(settingsStore, (state) => state.negativePrompt);
  const embeddings = useStore(negativeWordsStore, (state) => state.embeddings);
  const words = [...new Set(embeddings.map(({ trigger }) => trigger))];
  return (
    <TextField
      label="Negative prompt"
      rows={2}
      value={negativePrompt}
      placeholder="What the picture should not show"
      {...(words.length > 0 ? { hint: `${words.length === 1 ? 'Embedding' : 'Embeddings'}: ${words.join(', ')}` } : {})}
      onChange={(text) => {
        setSettings({ negativePrompt: text });
      }}
    />
  );
}
