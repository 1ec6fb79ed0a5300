import { folderFiles, referenceData } from './folder-files.ts';
import { readReferenceFile } from './reference-file.ts';
import { layoutCheckpoint, type Checkpoint } from '../../pipeline/loading/checkpoint.ts';
import { openFolder } from '../../weights/sources/folder-source.ts';
import { join } from 'node:path';

/** Adapters that look_reference.py made, by the kind of their image projection. */
export const adapterKinds = ['plain', 'plus', 'full-face'] as const;

/** A file of look_reference.py. */
export async function lookFile(path: string): Promise<File> {
  return new File([await readReferenceFile(`look/${path}`)], path.replace(/^.*\//, ''), { lastModified: 0 });
}

/** Files of look_reference.py as a repository has them. @param names paths in the repository → paths under data/look */
export async function lookRepository(names: Readonly<Record<string, string>>): Promise<Checkpoint> {
  const entries = await Promise.all(
    Object.entries(names).map(async ([path, from]) => ({ path, file: await lookFile(from) })),
  );
  return layoutCheckpoint(openFolder('someone/adapters', entries));
}

/** In the layout of h94/IP-Adapter. */
export function h94Repository(): Promise<Checkpoint> {
  return lookRepository({
    'models/plain.safetensors': 'plain.safetensors',
    'models/plus.safetensors': 'plus.safetensors',
    'models/full-face.safetensors': 'full-face.safetensors',
    'models/full-face.bin': 'full-face.bin',
    'models/image_encoder/config.json': 'image_encoder/config.json',
    'models/image_encoder/model.safetensors': 'image_encoder/model.safetensors',
    'models/image_encoder/preprocessor_config.json': 'image_encoder/preprocessor_config.json',
  });
}

/** The checkpoint that the adapters are made for. */
export async function adaptedCheckpoint(): Promise<Checkpoint> {
  return layoutCheckpoint(await folderFiles(join(referenceData, 'sd15')));
}
