/**
 * Files that are dropped or pasted beside every word: a PNG of ours brings its settings back, a checkpoint is loaded, a
 * LoRA is added, an embedding is written into the caption. Others get advice.
 */
import { toast } from 'sonner';
import type { EngineClient } from '../engine-client/engine-client.ts';
import { composeStore, pinSubject, setCaption } from '../features/compose/compose-store.ts';
import { takeEmbedding } from '../features/compose/subject-library.ts';
import { splitWords } from '../features/compose/words.ts';
import { applyRecipe, recipeOfFile } from '../features/gallery/reuse.ts';
import { chooseModel, engineStore, ensureModel } from '../features/models/engine-store.ts';
import { addLoras } from '../features/models/LoraSection.tsx';
import { droppedKind } from './dropped-kind.ts';

async function takePng(engine: EngineClient, file: File): Promise<void> {
  const recipe = file.type === 'image/png' ? await recipeOfFile(engine, file) : null;
  if (recipe === null) {
    toast('To pin a picture, drop it on a word of the caption.');
    return;
  }
  const missing = await applyRecipe(engine, recipe);
  if (missing.length === 0) toast('Caption, pins and settings of this picture are back.');
  else toast.warning(`Caption and settings are back. These pictures are not inside the file, pin them again: ${missing.join(', ')}.`);
}

/** Writes the embedding's word at the end of the caption and pins the embedding on it. */
async function takeWord(engine: EngineClient, file: File): Promise<void> {
  const embedding = await takeEmbedding(engine, file);
  if (!embedding.ok) {
    toast.error(embedding.error.message);
    return;
  }
  const word = file.name.replace(/\.[^.]+$/u, '').replace(/\s+/gu, '-');
  setCaption(`${composeStore.getState().caption.trimEnd()} ${word}`.trimStart());
  pinSubject(splitWords(composeStore.getState().caption).length - 1, embedding.value);
}

async function takeLora(file: File): Promise<void> {
  if (engineStore.getState().choice.source.kind === 'embedded') {
    toast('A LoRA goes with a Stable Diffusion checkpoint. Choose one under “Model” first.');
    return;
  }
  await addLoras([file]);
  toast(`${file.name} is merged when the model loads next. Its weight is set under “Model”.`);
}

async function takeFile(engine: EngineClient, file: File): Promise<void> {
  switch (droppedKind(file)) {
    case 'picture':
      return takePng(engine, file);
    case 'embedding':
      return takeWord(engine, file);
    case 'lora':
      return takeLora(file);
    case 'checkpoint':
      chooseModel(engine, { source: { kind: 'single-file', file } });
      toast(`Loading ${file.name}.`);
      await ensureModel(engine);
      return;
    case 'other':
      toast('This file is neither a picture nor a safetensors checkpoint, LoRA or embedding.');
  }
}

export function takeDroppedFiles(engine: EngineClient): void {
  window.addEventListener('dragover', (event) => {
    if (event.dataTransfer?.types.includes('Files') === true) event.preventDefault();
  });
  window.addEventListener('drop', (event) => {
    // A word or an open popover has taken it.
    if (event.defaultPrevented) return;
    const file = event.dataTransfer?.files[0];
    if (file === undefined) return;
    event.preventDefault();
    void takeFile(engine, file);
  });
  window.addEventListener('paste', (event) => {
    const file = event.clipboardData?.files[0];
    if (event.defaultPrevented || file === undefined) return;
    event.preventDefault();
    void takeFile(engine, file);
  });
}
