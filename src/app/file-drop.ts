/**
 * Files that are dropped or pasted beside every word: a PNG of ours brings its settings back, a checkpoint is
 * loaded, others get advice.
 */
import { toast } from 'sonner';
import type { EngineClient } from '../engine-client/engine-client.ts';
import { chooseModel, ensureModel } from '../features/models/engine-store.ts';
import { applyRecipe, recipeOfFile } from '../features/gallery/reuse.ts';

async function takeFile(engine: EngineClient, file: File): Promise<void> {
  if (file.name.toLowerCase().endsWith('.safetensors')) {
    chooseModel(engine, { source: { kind: 'single-file', file } });
    toast(`Loading ${file.name}.`);
    await ensureModel(engine);
    return;
  }
  const recipe = file.type === 'image/png' ? await recipeOfFile(engine, file) : null;
  if (recipe === null) {
    toast('To pin a picture, drop it on a word of the caption.');
    return;
  }
  const missing = await applyRecipe(engine, recipe);
  if (missing.length === 0) toast('Caption, pins and settings of this picture are back.');
  else toast.warning(`Caption and settings are back. These pictures are not inside the file, pin them again: ${missing.join(', ')}.`);
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
