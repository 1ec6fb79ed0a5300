/** Where the encoders of the metrics come from: a folder of this machine, or a repository of the Hub. */
import { existsSync, openAsBlob } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';

import { parseJson } from '../../workers/checkpoint/json/json-file.ts';
import { PinwordError } from '../../workers/errors.ts';
import type { GraphWeights } from '../../workers/graph/onnx/parameters.ts';
import type { LoadedPart } from '../../workers/pipeline/modules/loaded-part.ts';
import { findComponent, type ComponentFiles } from '../../workers/weights/sources/component-files.ts';
import { openFolder } from '../../workers/weights/sources/folder-source.ts';
import { openHub } from '../../workers/weights/sources/hub-source.ts';
import type { SourceFiles } from '../../workers/weights/sources/source-files.ts';
import { materialize } from '../../workers/weights/convert/materialize.ts';
import { memorySink } from '../../workers/weights/convert/weight-sink.ts';

const hub = { revision: 'main', endpoint: 'https://huggingface.co' };

/**
 * @param place a folder, or owner/name
 * @throws PinwordError what opening the hub's listing throws
 */
export async function openPlace(place: string): Promise<SourceFiles> {
  if (!existsSync(place)) return openHub({ ...hub, repo: place }, {});
  const entries = await readdir(place, { recursive: true, withFileTypes: true });
  const files = await Promise.all(
    entries
      .filter((entry) => entry.isFile())
      .map(async (entry) => {
        const full = join(entry.parentPath, entry.name);
        const path = relative(place, full).replaceAll('\\', '/');
        return { path, file: new File([await openAsBlob(full)], path, { lastModified: 0 }) };
      }),
  );
  return openFolder(place, files);
}

/** @throws PinwordError 'file-not-found' where the place has no config.json, and what reading throws */
export async function requireEncoder(files: SourceFiles): Promise<ComponentFiles> {
  const found = await findComponent(files, 'image_encoder', '');
  if (found !== null) return found;
  throw new PinwordError(
    'file-not-found',
    `${files.name} has no config.json. Name a folder, or a repository of the Hub, in transformers' layout.`,
  );
}

/** JSON of a file that a place may lack. */
export async function readJson(files: SourceFiles, path: string): Promise<unknown> {
  const file = await files.find(path);
  return file === null ? null : parseJson(file);
}

/**
 * Brings the weights of one tower into memory, in f32.
 * @param usedTensors names those that its graph reads
 */
export async function loadEncoder<C>(
  found: ComponentFiles,
  config: C,
  usedTensors: (weights: GraphWeights) => Iterable<string>,
): Promise<LoadedPart<C>> {
  const { weights: source, table } = found;
  const location = source.name;
  const wanted = [...usedTensors({ table, location })].map((name) => ({ name }));
  const { blob, table: local } = await materialize({ source, table, wanted, dtype: 'F32' }, memorySink);
  return { config, weights: { table: local, location }, file: { path: location, data: blob } };
}
