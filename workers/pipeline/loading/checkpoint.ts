import type { ModelSource } from '../../api.ts';
import { weightFileStem } from '../../contract/file-kinds.ts';
import { notice, type Notice } from '../../contract/notices.ts';
import { blobSource, type ByteSource } from '../../checkpoint/bytes/byte-source.ts';
import { PinwordError } from '../../errors.ts';
import { readSingleFile } from '../../checkpoint/single-file/single-file.ts';
import type { SingleFileComponent } from '../../checkpoint/single-file/single-file-component.ts';
import { findComponent, type ComponentFiles, type ComponentFolder } from '../../weights/sources/component-files.ts';
import { readText, type SourceFiles } from '../../weights/sources/source-files.ts';
import { readTensorFile } from '../../checkpoint/tensor-files/tensor-file.ts';
import { parseJson } from '../../checkpoint/json/json-file.ts';

/** A checkpoint as the loader sees it, wherever it lies and in whichever layout. */
export interface Checkpoint {
  readonly name: string;
  /** Names these bytes for storage; null for files that are at hand: the person's or the site's. */
  readonly identity: string | null;
  /** Names the licence of the weights; null where none is told. */
  licence(): Promise<string | null>;
  /**
   * @param path where it lies, if not in the folder of its name: '' is the top.
   * @returns null where the checkpoint does not have this component.
   */
  component(folder: ComponentFolder, path?: string): Promise<ComponentFiles | null>;
  /** @returns null where there is no such file. @throws PinwordError 'bad-json' */
  json(path: string): Promise<unknown>;
  text(path: string): Promise<string | null>;
  /** Any file of it. @returns null where there is no such file */
  file(path: string): Promise<ByteSource | null>;
  /** Why a component is missing, where that is more than absence. */
  whyMissing(path: string): Error | null;
  /** See SourceFiles.storedInstead. */
  storedInstead(): Error | null;
}

type SingleFileSource = Extract<ModelSource, { readonly kind: 'single-file' }>;

/** A checkpoint in diffusers layout. */
export function layoutCheckpoint(files: SourceFiles): Checkpoint {
  return {
    name: files.name,
    identity: files.identity,
    licence: () => files.licence(),
    component: (folder, path) => findComponent(files, folder, path),
    json: async (path) => {
      const file = await files.find(path);
      return file === null ? null : parseJson(file);
    },
    text: (path) => readText(files, path),
    file: (path) => files.find(path),
    whyMissing: (path) => files.whyMissing(path),
    storedInstead: () => files.storedInstead(),
  };
}

/**
 * A single file with the original keys. It brings no tokenizer, so that of CLIP, which all SD 1.x models share, is
 * taken from `shared`.
 */
export async function singleFileCheckpoint(
  { file, config }: SingleFileSource,
  shared: SourceFiles,
): Promise<Checkpoint> {
  const tensors = await readTensorFile(blobSource(file.name, file), ['state_dict']);
  const { source } = tensors;
  const parts = readSingleFile(tensors, file.name, config === undefined ? null : await yamlText(config));
  const components = new Map<ComponentFolder, SingleFileComponent>([
    ['unet', parts.unet],
    ...(parts.vae === null ? [] : [['vae', parts.vae] as const]),
    ['text_encoder', parts.textEncoder],
  ]);
  const tokenizer = layoutCheckpoint(shared);
  return {
    name: weightFileStem(file.name),
    identity: null,
    licence: () => Promise.resolve(null),
    component: (folder) => {
      const part = components.get(folder);
      return Promise.resolve(part === undefined ? null : singleFileComponent(folder, part, source));
    },
    json: (path) =>
      path === 'scheduler/scheduler_config.json'
        ? Promise.resolve(parts.scheduler)
        : path.startsWith('tokenizer/')
          ? tokenizer.json(path)
          : Promise.resolve(null),
    text: (path) => tokenizer.text(path),
    file: () => Promise.resolve(null),
    whyMissing: (path) => (path === 'vae/config.json' ? withoutVae(file.name) : null),
    storedInstead: () => null,
  };
}

/** The configs that lie beside checkpoints have two kilobytes. */
const maxYamlBytes = 1024 * 1024;

function yamlText(config: File): Promise<string> {
  if (config.size <= maxYamlBytes) return config.text();
  throw new PinwordError(
    'unsupported-config',
    `"${config.name}" is too large for the config of a model (${config.size} bytes). Open the checkpoint without it.`,
  );
}

function withoutVae(fileName: string): PinwordError {
  return new PinwordError(
    'missing-tensor',
    `"${fileName}" holds no VAE. Name a repository that has one under “Model”, “VAE”, e.g. stabilityai/sd-vae-ft-mse, or choose a complete checkpoint.`,
  );
}

function singleFileComponent(folder: ComponentFolder, part: SingleFileComponent, weights: ByteSource): ComponentFiles {
  const config = blobSource(`${folder}/config.json`, new Blob([JSON.stringify(part.config)]));
  return { folder, config, weights, table: part.table };
}

/** Tells of which checkpoints the stored copy was opened, and what their hosts answered. */
export function storedInsteadNotices(
  checkpoints: readonly (Pick<Checkpoint, 'name' | 'storedInstead'> | null)[],
): Notice[] {
  const sentences = checkpoints.flatMap((checkpoint) => {
    const reason = checkpoint?.storedInstead() ?? null;
    return checkpoint === null || reason === null
      ? []
      : [`The stored copy of ${checkpoint.name} was opened. ${reason.message}`];
  });
  return sentences.length === 0 ? [] : [notice('stored-copy', sentences)];
}
