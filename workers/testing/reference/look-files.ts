import { folderFiles, referenceData } from './folder-files.ts';
import { writeSafetensorsHeader } from '../../checkpoint/tensor-files/safetensors-writer.ts';
import { readReferenceFile, readTensorFile } from './reference-file.ts';
import { layoutCheckpoint, type Checkpoint } from '../../pipeline/loading/checkpoint.ts';
import { openFolder } from '../../weights/sources/folder-source.ts';
import { join } from 'node:path';

/** Adapters that look_reference.py made, by the kind of their image projection. */
export const adapterKinds = ['plain', 'plus', 'full-face'] as const;

/** A file of look_reference.py. */
export async function lookFile(path: string): Promise<File> {
  return new File([await readReferenceFile(`look/${path}`)], path.replace(/^.*\//, ''), { lastModified: 0 });
}

/** One of these adapters, of zeros, with some tensors of other shapes, or taken away. */
export async function changedAdapter(
  kind: (typeof adapterKinds)[number],
  changes: Readonly<Record<string, readonly number[] | null>>,
): Promise<File> {
  const shapes = new Map<string, readonly number[] | null>(
    [...(await readTensorFile(`look/${kind}.safetensors`))].map(([name, { shape }]) => [name, shape]),
  );
  for (const [name, shape] of Object.entries(changes)) shapes.set(name, shape);
  const specs = [...shapes].flatMap(([name, shape]) =>
    shape === null ? [] : [{ name, dtype: 'F16' as const, shape }],
  );
  const { header, size } = writeSafetensorsHeader(specs);
  const bytes = new Uint8Array(size);
  bytes.set(header);
  return new File([bytes], 'changed.safetensors');
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
