import type { ByteSource } from '../../checkpoint/bytes/byte-source.ts';
import type { TensorInfo, TensorTable } from '../../checkpoint/tensors/tensor-table.ts';
import { convertBlocks, type TensorTransform } from './convert-blocks.ts';
import { openStreamHash, refuseWrongBytes, type StreamHash } from '../sources/hashes.ts';
import { type MaterializePlan, planMaterialize, type WantedTensor } from './materialize-plan.ts';
import { remoteFacts } from '../sources/remote-facts.ts';
import type { WeightSink } from './weight-sink.ts';
import type { ComputeDtype } from '../../contract/memory.ts';

export interface MaterializeRequest {
  readonly source: ByteSource;
  /** The source's tensors. */
  readonly table: TensorTable;
  readonly wanted: readonly WantedTensor[];
  readonly dtype: ComputeDtype;
  /** Names these tensors where several sets are wanted of one file: each is stored by itself. */
  readonly subset?: string;
  readonly transform?: TensorTransform;
  readonly signal?: AbortSignal;
  /** Source bytes read so far and in all. */
  readonly onProgress?: (bytes: number, totalBytes: number) => void;
}

/** Weights on this machine, in the compute dtype: what a graph's initializers point into. */
export interface LocalWeights {
  readonly blob: Blob;
  /** Offsets are into `blob`; names and shapes are the wanted ones. */
  readonly table: TensorTable;
  /** True where `blob` is the source itself. */
  readonly inPlace: boolean;
}

/** Bytes of unused tensors that a file used in place may hold. */
const maxUnusedInPlace = 1024 * 1024;

/**
 * Brings the wanted tensors into the compute dtype. Where nothing must change and the source is a Blob already, that
 * Blob is used as it is; else a safetensors file with only these tensors is written to the sink, block by block. The
 * hash that a host publishes is checked where nearly all of the file is wanted.
 * @throws PinwordError 'missing-tensor' | 'tensor-dtype' | 'tensor-shape' | 'nan-weight' by name; 'hash-mismatch';
 *   'cancelled'; and what reading and writing throw
 */
export async function materialize(
  request: MaterializeRequest,
  openSink: () => Promise<WeightSink> | WeightSink,
): Promise<LocalWeights> {
  const { source, table, wanted, dtype } = request;
  const { sha256, acceptsRanges, partSizes } = remoteFacts(source);
  const plan = planMaterialize(table, wanted, dtype, {
    sourceSize: source.size,
    preferWhole: sha256 !== null,
    acceptsRanges,
  });
  const blob = source.blob !== undefined && canStay(request, plan) ? source.blob : null;
  if (blob !== null) {
    await exhaust(convertBlocks(source, plan, withProgress(request, plan)));
    return { blob, table: tableInPlace(plan), inPlace: true };
  }
  const hash = plan.readsAll ? await openStreamHash(null, partSizes) : null;
  const sink = await openSink();
  try {
    for await (const block of convertBlocks(source, plan, withProgress(request, plan, hash))) sink.write(block);
    refuseWrongBytes(source.name, [hash?.digest() ?? null, sha256]);
    return { blob: await sink.finish(), table: plan.table, inPlace: false };
  } catch (thrown) {
    await sink.discard();
    throw thrown;
  }
}

/** Reads all blocks only for the errors that they hold. */
async function exhaust(blocks: AsyncIterator<unknown>): Promise<void> {
  let next = await blocks.next();
  while (next.done !== true) next = await blocks.next();
}

function canStay({ table, dtype, transform }: MaterializeRequest, plan: MaterializePlan): boolean {
  const tensors = plan.runs.flatMap((run) => run.tensors);
  const used = tensors.reduce((sum, { source }) => sum + source.length, 0);
  const all = [...table.values()].reduce((sum, { length }) => sum + length, 0);
  return (
    all - used <= maxUnusedInPlace &&
    tensors.every(({ name, source }) => source.dtype === dtype && transform?.touches(name) !== true)
  );
}

function tableInPlace(plan: MaterializePlan): TensorTable {
  const table = new Map<string, TensorInfo>();
  for (const { tensors } of plan.runs) {
    for (const { name, source, target } of tensors) table.set(name, { ...target, offset: source.offset });
  }
  return table;
}

function withProgress(
  { transform, signal, onProgress }: MaterializeRequest,
  plan: MaterializePlan,
  hash: StreamHash | null = null,
) {
  const total = plan.runs.reduce((sum, { offset, end }) => sum + end - offset, 0);
  let done = 0;
  const onSource = (bytes: Uint8Array<ArrayBuffer>) => {
    done += bytes.length;
    hash?.update(bytes);
    onProgress?.(done, total);
  };
  return { onSource, ...(transform === undefined ? {} : { transform }), ...(signal === undefined ? {} : { signal }) };
}
