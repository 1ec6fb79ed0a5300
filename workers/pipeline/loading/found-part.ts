import { parseJson } from '../../checkpoint/json/json-file.ts';
import { isFloatDtype } from '../../checkpoint/tensors/dtype.ts';
import type { TensorInfo, TensorTable } from '../../checkpoint/tensors/tensor-table.ts';
import { type ErrorCode, PinwordError } from '../../errors.ts';
import type { ComponentFiles } from '../../weights/sources/component-files.ts';
import { partSpecs, type NullIfOptional, type PartConfig, type PartId, type PartSpec } from '../model/parts.ts';
import type { Checkpoint } from './checkpoint.ts';
import type { ComputeDtype } from '../../contract/memory.ts';

/** Whose weights are loaded: what they are stored under, and listed as. */
export type Origin = Pick<Checkpoint, 'identity' | 'name' | 'licence'>;

/** A part found in a checkpoint and checked against its config; nothing but configs and headers was read. */
export interface FoundPart<C> {
  readonly id: PartId;
  readonly files: ComponentFiles;
  /** Where it was found; null for a file of its own that the person holds. */
  readonly origin: Origin | null;
  readonly config: C;
  readonly usedTensors: ReadonlySet<string>;
  /** Those of usedTensors that never lie on the GPU. */
  readonly hostTensors: ReadonlySet<string>;
}

/** The parts of a model after their configs and headers were checked. */
export type FoundParts = { readonly [P in PartId]: FoundPart<PartConfig<P>> | NullIfOptional<P> };

/** A part that a model does without; `reason` says why one that is there cannot be read. */
export interface UsablePart<C> {
  readonly part: FoundPart<C> | null;
  readonly reason: PinwordError | null;
}

/** No weights, or weights in a pickle that is more than data. */
const unreadable: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['file-not-found', 'bad-pickle']);

/**
 * A part of a checkpoint that it may do without: a config without weights, or with weights that cannot be read as data,
 * is no error. @param path where it lies, if not in the folder of its name: '' is the top
 * @throws PinwordError as checkPart and findComponent do
 */
export async function findUsable<P extends PartId>(
  checkpoint: Checkpoint,
  id: P,
  path?: string,
): Promise<UsablePart<PartConfig<P>>> {
  try {
    return { part: await find(checkpoint, id, path), reason: null };
  } catch (error) {
    if (!(error instanceof PinwordError) || !unreadable.has(error.code)) throw error;
    return { part: null, reason: error };
  }
}

/** @returns null where the checkpoint does not have this part. @throws PinwordError as checkPart and findComponent do */
async function find<P extends PartId>(
  checkpoint: Checkpoint,
  id: P,
  path?: string,
): Promise<FoundPart<PartConfig<P>> | null> {
  const spec: PartSpec<unknown> = partSpecs[id];
  const files = await checkpoint.component(spec.folder, path);
  if (files === null || spec.isIn?.(files.table) === false) return null;
  return checkPart(id, files, checkpoint, path);
}

/** @throws PinwordError 'bad-json' | 'unsupported-config' | 'missing-tensor' | 'extra-tensor' | 'tensor-shape' */
export async function checkPart<P extends PartId>(
  id: P,
  files: ComponentFiles,
  origin: Origin | null,
  path?: string,
): Promise<FoundPart<PartConfig<P>>> {
  const { folder: usual, parse }: PartSpec<unknown> = partSpecs[id];
  if (parse === undefined) throw new RangeError(`The config of ${id} is not its own.`);
  const folder = path ?? usual;
  const config = parse(await parseJson(files.config), folder === '' ? 'config.json' : `${folder}/config.json`);
  return checkedPart(id, files, origin, config as PartConfig<P>);
}

/** A part whose config is known. @throws PinwordError 'missing-tensor' | 'extra-tensor' | 'tensor-shape' */
export function checkedPart<P extends PartId>(
  id: P,
  files: ComponentFiles,
  origin: Origin | null,
  config: PartConfig<P>,
): FoundPart<PartConfig<P>> {
  const spec: PartSpec<unknown> = partSpecs[id];
  const weights = { table: asDtype(files.table, 'F32'), location: id };
  const usedTensors = new Set(spec.usedTensors(config, weights));
  const hostTensors = new Set(spec.hostTensors?.(files.table));
  return { id, files, origin, config, usedTensors, hostTensors };
}

/** The tensors that a part puts on the GPU, and how many numbers (not bytes) each holds. */
export function weightCounts({ files, usedTensors, hostTensors }: FoundPart<unknown>): ReadonlyMap<string, number> {
  const onGpu = [...usedTensors].filter((name) => !hostTensors.has(name));
  const count = (name: string): number =>
    (files.table.get(name)?.shape ?? []).reduce((product, size) => product * size, 1);
  return new Map(onGpu.map((name) => [name, count(name)]));
}

/** Number of weights (not bytes) that a part puts on the GPU. */
export function countWeights(part: FoundPart<unknown>): number {
  return [...weightCounts(part).values()].reduce((sum, count) => sum + count, 0);
}

/** Bytes of the tensors that are used, as they lie in the source. */
export function sourceBytes({ files, usedTensors }: FoundPart<unknown>): number {
  return [...usedTensors].reduce((sum, name) => sum + (files.table.get(name)?.length ?? 0), 0);
}

/**
 * The parts whose weights are loaded with the model, each once; an image encoder can lie in the safety checker.
 * @param onDemand whether those come along that are else loaded when something first asks for them
 */
export function partsToLoad(found: FoundParts, onDemand: boolean): FoundPart<unknown>[] {
  const all: readonly (FoundPart<unknown> | null)[] = Object.values(found);
  const parts = [...new Set(all)].filter((part) => part !== null);
  return onDemand ? parts : parts.filter(({ id }) => partSpecs[id].need !== 'on-demand');
}

/** The table as it will be once the weights are converted. */
export function asDtype(table: TensorTable, dtype: ComputeDtype): TensorTable {
  const convert = (info: TensorInfo): TensorInfo => (isFloatDtype(info.dtype) ? { ...info, dtype } : info);
  return new Map([...table].map(([name, info]) => [name, convert(info)]));
}
