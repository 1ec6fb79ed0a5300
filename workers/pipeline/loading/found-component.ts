import { isFloatDtype } from '../../checkpoint/dtype.ts';
import type { TensorInfo, TensorTable } from '../../checkpoint/tensor-table.ts';
import type { GraphWeights } from '../../graph/onnx/parameters.ts';
import type { ComponentFiles, ComponentFolder } from '../../weights/sources/component-files.ts';
import type { ComputeDtype } from '../../weights/convert/materialize-plan.ts';
import type { LocalWeights } from '../../weights/convert/materialize.ts';
import type { Component } from '../modules/component.ts';
import type { Checkpoint } from './checkpoint.ts';
import { parseJson } from '../../checkpoint/json-file.ts';

/** How one module is read: its config, and the graphs whose tensors must be brought. */
export interface ComponentSpec<C> {
  readonly folder: ComponentFolder;
  /** Where it lies, if not in the folder of its name: '' is the top. */
  readonly path?: string;
  parse(config: unknown): C;
  /**
   * Builds every graph that reads this file, only to learn which tensors they use.
   * @throws PinwordError 'missing-tensor' | 'extra-tensor' | 'tensor-shape'
   */
  usedTensors(config: C, weights: GraphWeights): readonly string[];
  /** Those of them that the host reads and no graph: they never lie on the GPU. */
  hostTensors?(table: TensorTable): readonly string[];
}

/** Whose weights are brought: what they are stored under, and listed as. */
export type Origin = Pick<Checkpoint, 'identity' | 'name' | 'licence'>;

/** A module found in a checkpoint and checked against its config; nothing but configs and headers was read. */
export interface FoundComponent<C> {
  readonly spec: ComponentSpec<C>;
  readonly files: ComponentFiles;
  /** Where it was found; null for a file of its own that the person holds. */
  readonly origin: Origin | null;
  readonly config: C;
  readonly usedTensors: ReadonlySet<string>;
  /** Those of usedTensors that never lie on the GPU. */
  readonly hostTensors: ReadonlySet<string>;
}

/** @throws PinwordError 'bad-json' | 'unsupported-config' | 'missing-tensor' | 'extra-tensor' | 'tensor-shape' */
export async function checkComponent<C>(
  spec: ComponentSpec<C>,
  files: ComponentFiles,
  origin: Origin | null,
): Promise<FoundComponent<C>> {
  const config = spec.parse(await parseJson(files.config));
  const weights = { table: asDtype(files.table, 'F32'), location: spec.folder };
  const usedTensors = new Set(spec.usedTensors(config, weights));
  return { spec, files, origin, config, usedTensors, hostTensors: new Set(spec.hostTensors?.(files.table)) };
}

export function placeComponent<C>({ spec, config }: FoundComponent<C>, local: LocalWeights): Component<C> {
  const location = spec.folder;
  return { config, weights: { table: local.table, location }, file: { path: location, data: local.blob } };
}

/** The tensors that a module puts on the GPU, and how many numbers (not bytes) each holds. */
export function weightCounts({
  files,
  usedTensors,
  hostTensors,
}: FoundComponent<unknown>): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const name of usedTensors) {
    if (!hostTensors.has(name))
      counts.set(
        name,
        (files.table.get(name)?.shape ?? []).reduce((product, size) => product * size, 1),
      );
  }
  return counts;
}

/** Number of weights (not bytes) that a module puts on the GPU. */
export function countWeights(part: FoundComponent<unknown>): number {
  return [...weightCounts(part).values()].reduce((sum, count) => sum + count, 0);
}

/** The table as it will be once the weights are converted. */
function asDtype(table: TensorTable, dtype: ComputeDtype): TensorTable {
  const convert = (info: TensorInfo): TensorInfo => (isFloatDtype(info.dtype) ? { ...info, dtype } : info);
  return new Map([...table].map(([name, info]) => [name, convert(info)]));
}
