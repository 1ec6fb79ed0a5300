/**
 * Files that are dropped or pasted beside every word: a PNG of ours brings its settings back, other pictures ask for their
 * word, a zip of pictures and a folder that was saved from the gallery are taken into it, a checkpoint (a file or a folder) is loaded, a LoRA, projector, IP-Adapter or tiny autoencoder is added, an embedding is written into the caption.
 * Others get advice.
 */
import {
  anyFileKind,
  isWeightFile,
  literalText,
  splitWords,
  type ModelFileKind,
  type ModelSource,
} from '../../workers/api.ts';
import type { EngineClient } from '../engine-client/engine-client.ts';
import { composeStore, pinSubject, setCaption } from '../features/compose/draft/compose-store.ts';
import { joinWords } from '../features/compose/embeddings/embeddings.ts';
import { askWordsOf } from '../features/compose/wells/placing.ts';
import { takeEmbedding } from '../features/compose/pins/subject-library.ts';
import { takeForeign } from '../features/gallery/foreign/foreign-png.ts';
import { undoButton } from '../features/gallery/draft.ts';
import { carriedIn } from '../features/gallery/carried.ts';
import { isIndexName } from '../features/gallery/folder/folder-index.ts';
import { takeFiles as takePictures, takeFolderFiles } from '../features/gallery/folder/transfers.ts';
import { isZipName } from '../features/gallery/folder/zip-files.ts';
import { applyForeignRecipe, recipeOfFile } from '../features/gallery/reuse.ts';
import { openSheet } from '../features/gallery/sheet-store.ts';
import { addLoras, chooseLookFile, chooseTinyFiles, installProjector } from '../features/models/addons/addons.ts';
import { chooseModel } from '../features/models/loading/choose-model.ts';
import { engineStore } from '../features/models/loading/engine-store.ts';
import { ensureModel } from '../features/models/loading/load-model.ts';
import { licenceOfProjector } from '../features/models/known/known-projectors.ts';
import { isSingleFileConfig, singleFileSource } from '../features/models/sources/sources.ts';
import { toast } from '../ui/toast.ts';
import { droppedIn, TooManyFiles } from './dropped-files.ts';

/** Most names that are said at once. */
const mostNames = 5;

function shortList(names: readonly string[]): string {
  const others = names.length - mostNames;
  return others > 0 ? `${names.slice(0, mostNames).join(', ')} and ${others} more` : names.join(', ');
}

/** A picture of ours brings its settings back. @returns false for any other */
async function takeRecipe(engine: EngineClient, file: File): Promise<boolean> {
  const recipe = file.type === 'image/png' ? await recipeOfFile(engine, file) : null;
  if (recipe === null) return false;
  const { missing, brought, putBack } = await applyForeignRecipe(engine, recipe, await carriedIn(engine, file));
  const inside =
    brought === 0 ? '' : ` ${brought === 1 ? 'A pinned picture was' : `${brought} pinned pictures were`} in the file.`;
  if (missing.length === 0) toast(`Caption, pins and settings of this picture are back.${inside}`, undoButton(putBack));
  else
    toast.warning(
      `Caption and settings are back.${inside} These files are not inside the picture, pin or add them again: ${shortList(missing)}.`,
      undoButton(putBack),
    );
  return true;
}

/** Writes the embedding's word at the end of the caption and pins the embedding on it. */
async function takeWord(engine: EngineClient, file: File): Promise<void> {
  const embedding = await takeEmbedding(engine, file);
  if (!embedding.ok) {
    toast.error(embedding.error.message);
    return;
  }
  const word = joinWords(file.name.replace(/\.[^.]+$/u, ''));
  setCaption(`${composeStore.getState().caption.trimEnd()} ${literalText(word)}`.trimStart());
  pinSubject(splitWords(composeStore.getState().caption).length - 1, embedding.value);
}

/** @returns false, with advice, where the miniature model is chosen: it takes nothing that is made for Stable Diffusion */
function takesAddons(what: string): boolean {
  const isMiniature = engineStore.getState().choice.source.kind === 'embedded';
  if (isMiniature) toast(`${what} goes with a Stable Diffusion checkpoint. Choose one under “Model” first.`);
  return !isMiniature;
}

async function takeLora(engine: EngineClient, file: File): Promise<void> {
  if (!takesAddons('A LoRA')) return;
  await addLoras(engine, [file]);
  toast(`${file.name} is merged when the model loads next. Its weight is set under “Model”.`);
}

async function takeAdapter(engine: EngineClient, file: File): Promise<void> {
  if (!takesAddons('An IP-Adapter')) return;
  await chooseLookFile(engine, 'ipAdapter', file);
  toast(`${file.name} gives pinned pictures a look when the model loads next.`);
}

/** @param given with it: its other half may be a file of its own, and diffusers' has a config */
async function takeTiny(engine: EngineClient, file: File, given: readonly File[]): Promise<void> {
  if (!takesAddons('A tiny autoencoder')) return;
  const others = given.filter(({ name }) => name === 'config.json' || /encoder|decoder/u.test(name));
  await chooseTinyFiles(engine, [file, ...others.filter((other) => other !== file)]);
  toast(`${file.name} is there when the model loads next. “Decoder” and “Previews” under “Advanced” use it.`);
}

async function takeProjector(engine: EngineClient, file: File, config: File | null): Promise<void> {
  if (!takesAddons('A projector')) return;
  await installProjector(engine, { bytes: file, name: file.name }, config);
  toast(`${file.name} is in use when the model loads next. ${licenceOfProjector(file.name)}.`);
}

async function loadSource(engine: EngineClient, source: ModelSource, name: string): Promise<void> {
  chooseModel(engine, { source });
  toast(`Loading ${name}.`);
  await ensureModel(engine);
}

const isProjectorConfig = ({ name }: File): boolean => name === 'config.json';

/** @param given all that was dropped together: some files belong to others */
async function takeFile(engine: EngineClient, file: File, given: readonly File[]): Promise<void> {
  if (!isWeightFile(file.name)) {
    toast(`This file is neither a picture nor a ${anyFileKind()}.`);
    return;
  }
  const kind = await engine.fileKind(file);
  if (!kind.ok) {
    toast.error(kind.error.message);
    return;
  }
  return take[kind.value](engine, file, given);
}

type Take = (engine: EngineClient, file: File, given: readonly File[]) => Promise<void>;

const take: Readonly<Record<ModelFileKind, Take>> = {
  embedding: takeWord,
  lora: takeLora,
  ipAdapter: takeAdapter,
  tinyAutoencoder: takeTiny,
  projector: (engine, file, given) => takeProjector(engine, file, given.find(isProjectorConfig) ?? null),
  checkpoint: (engine, file, given) => loadSource(engine, singleFileSource(file, given), file.name),
};

/** Several files are taken one after the other; of each picture it is asked which word it is; configs belong to the projector or checkpoint that they come with. */
export async function takeFiles(engine: EngineClient, files: readonly File[]): Promise<void> {
  const zips = files.filter(({ name }) => isZipName(name));
  if (zips.length > 0) {
    // It shows how far they are.
    openSheet(true);
    await takePictures(engine, zips);
  }
  const unpacked = files.filter((file) => !zips.includes(file));
  const others = unpacked.filter((file) => !isProjectorConfig(file) && !isSingleFileConfig(file));
  const pictures: File[] = [];
  for (const file of others.length > 0 ? others : unpacked) {
    if (!file.type.startsWith('image/')) await takeFile(engine, file, files);
    else if (!(await takeRecipe(engine, file)) && !(await takeForeign(engine, file))) pictures.push(file);
  }
  for (const problem of await askWordsOf(pictures)) toast.error(problem);
}

async function takeFolder(
  engine: EngineClient,
  read: () => Promise<Extract<ModelSource, { kind: 'folder' }>>,
): Promise<void> {
  try {
    const source = await read();
    if (source.files.some(({ file }) => isIndexName(file.name))) {
      openSheet(true);
      await takeFolderFiles(engine, source.files);
      return;
    }
    await loadSource(engine, source, source.name);
  } catch (error) {
    if (error instanceof TooManyFiles)
      toast.error('This folder holds too much to look through. Drop the folder of one model.');
    else toast.error('The browser did not let this page read the folder. Open it under “Model” instead.');
  }
}

/** Lets the page show where files can go while they hover over it. */
function markDragging(): void {
  const end = (): void => {
    delete document.body.dataset['dragged'];
  };
  window.addEventListener('dragenter', (event) => {
    if (event.dataTransfer?.types.includes('Files') === true) document.body.dataset['dragged'] = 'files';
  });
  window.addEventListener('dragleave', (event) => {
    // Between two elements the drag goes on; out of the window it has no other element.
    if (event.relatedTarget === null) end();
  });
  window.addEventListener('drop', end, { capture: true });
}

export function takeDroppedFiles(engine: EngineClient): void {
  markDragging();
  window.addEventListener('dragover', (event) => {
    if (event.dataTransfer?.types.includes('Files') === true) event.preventDefault();
  });
  window.addEventListener('drop', (event) => {
    // A word or an open popover has taken it.
    if (event.defaultPrevented) return;
    if (event.dataTransfer === null) return;
    const dropped = droppedIn(event.dataTransfer);
    if (dropped.kind === 'files' && dropped.files.length === 0) return;
    event.preventDefault();
    void (dropped.kind === 'folder' ? takeFolder(engine, dropped.read) : takeFiles(engine, dropped.files));
  });
  window.addEventListener('paste', (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (event.defaultPrevented || files.length === 0) return;
    event.preventDefault();
    void takeFiles(engine, files);
  });
}
