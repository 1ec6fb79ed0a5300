import type { ComputeDtype } from '../../contract/memory.ts';
import { joinWeights } from './join-weights.ts';
import { materialize, type LocalWeights, type MaterializeRequest } from './materialize.ts';
import { memorySink } from './weight-sink.ts';

/** Weights as they lie in memory, and which of them a transform changed. */
interface Held {
  readonly weights: LocalWeights;
  readonly dtype: ComputeDtype;
  readonly changed: ReadonlySet<string>;
}

/**
 * Weights of the person's files in memory, held from one load to the next: where only what is merged into them changes,
 * only the tensors that it changes, or changed, are made again.
 */
export class HeldWeights {
  #held = new Map<string, Held>();
  #before = new Map<string, Held>();

  /** A load begins. What it does not ask for again is let go. */
  begin(): void {
    this.#before = this.#held;
    this.#held = new Map();
  }

  /** Errors: see materialize. */
  async load(request: MaterializeRequest): Promise<LocalWeights> {
    const key = keyOf(request);
    const before = this.#before.get(key ?? '');
    // The first part of another model: room for it is needed.
    if (before === undefined) this.#before.clear();
    const names = request.wanted.map(({ name, as }) => as ?? name);
    const changed = new Set(names.filter((name) => request.transform?.touches(name)));
    const weights = await loadWith(before?.dtype === request.dtype ? before : null, request, changed);
    if (key !== null) this.#held.set(key, { weights, dtype: request.dtype, changed });
    return weights;
  }
}

async function loadWith(
  before: Held | null,
  request: MaterializeRequest,
  changed: ReadonlySet<string>,
): Promise<LocalWeights> {
  const isKept = (name: string) =>
    before?.weights.table.has(name) === true && !before.changed.has(name) && !changed.has(name);
  const kept = request.wanted.map(({ name, as }) => as ?? name).filter(isKept);
  if (before === null || kept.length === 0) return materialize(request, memorySink);
  const wanted = request.wanted.filter(({ name, as }) => !isKept(as ?? name));
  if (wanted.length === 0) return before.weights;
  const again = await materialize({ ...request, wanted }, memorySink);
  return joinWeights([
    { weights: before.weights, names: kept },
    { weights: again, names: [...again.table.keys()] },
  ]);
}

/** Names a file of the person's and what is wanted of it; null for what is no such file. */
function keyOf({ source, wanted }: MaterializeRequest): string | null {
  const { blob } = source;
  if (!(blob instanceof File)) return null;
  return JSON.stringify([source.name, blob.name, blob.size, blob.lastModified, wanted.map(({ name }) => name)]);
}
