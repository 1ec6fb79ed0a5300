import type { Tensor } from 'onnxruntime-web';

import { fusedUpdateTensors } from '../../graph/graphs/fused-update.ts';
import { detailTensors, marksWidth } from '../../graph/modules/detail-names.ts';
import type { Feeds } from '../../runtime/run-into.ts';
import type { Backend } from '../../runtime/sessions.ts';
import { indexTensor } from '../../runtime/tensors.ts';
import type { Branch, Conditions, HostFeeds, StepMoment } from '../modules/conditions.ts';
import { detailBias, detailMarks, seesReferences, type DetailGrid } from '../modules/detail-reference.ts';
import { FeedTensors } from './feed-tensors.ts';
import type { NoiseLevel } from './guidance.ts';
import {
  disposeLayerTensors,
  layerTensors,
  ReferenceRow,
  type LayerTensors,
  type RowSettings,
} from './reference-row.ts';
import type { ReferenceRun } from './step-runner.ts';

/** Branches of one run of the network, with the marks and the bias by which they see references. */
interface Group {
  readonly branches: readonly Branch[];
  readonly attention: FeedTensors;
}

interface Rows {
  readonly conditions: Conditions;
  readonly key: string;
  readonly rows: readonly ReferenceRow[];
  readonly groups: readonly Group[];
  /** Of the runs over references, which see none. */
  readonly own: Group;
  /** A key and a value of each layer that count nothing. */
  readonly nothing: LayerTensors;
  /** What runs of branches read that see nothing of their own, and by whose words references are bound. */
  readonly shared: Feeds;
}

/**
 * What steps with references need: runs of the network over each, before those of the branches. It is kept until other
 * conditions are set or other branches are needed.
 */
export class ReferenceRows {
  readonly #backend: Backend;
  readonly #settings: RowSettings;
  readonly #grids: readonly DetailGrid[];
  #current: Rows | null = null;
  /** Those that were written last. */
  #strengths: readonly number[] | null = null;
  /** What is freed with it. */
  #made: (() => void)[] = [];

  constructor(backend: Backend, settings: RowSettings) {
    this.#backend = backend;
    this.#settings = settings;
    const { height, width } = settings.size;
    this.#grids = [...new Set(settings.layers.map(({ level }) => level))].map((level) => ({
      level,
      height: Math.ceil(height / 2 ** level),
      width: Math.ceil(width / 2 ** level),
    }));
  }

  /** @throws PinwordError 'out-of-memory' | 'device-lost' */
  async set(conditions: Conditions, groups: readonly (readonly Branch[])[]): Promise<void> {
    const key = groups.map((branches) => branches.join()).join(';');
    if (this.#current?.conditions === conditions && this.#current.key === key) return;
    this.release();
    if (conditions.references.length === 0) return;
    try {
      this.#current = { conditions, key, ...(await this.#make(conditions, groups)) };
    } catch (error) {
      this.release();
      throw error;
    }
  }

  /** Writes how strongly the details speak at this step. @throws PinwordError 'out-of-memory' | 'device-lost' */
  async weigh({ strengths: { detail } }: StepMoment): Promise<void> {
    if (this.#current === null || this.#strengths?.join() === detail.join()) return;
    const { conditions, groups } = this.#current;
    for (const { branches, attention } of groups)
      await attention.write(detailBias(conditions.references, this.#grids, branches, detail));
    this.#strengths = detail;
  }

  /**
   * Writes what a step's runs over references read.
   * @returns those runs, which come before those of the branches; none where no branch sees references
   * @throws PinwordError 'out-of-memory' | 'device-lost'
   */
  async write(moment: StepMoment, level: NoiseLevel): Promise<readonly ReferenceRun[]> {
    if (this.#current === null || !seesReferences(moment.branches)) return [];
    const { rows, own } = this.#current;
    for (const row of rows) await row.write(moment, level);
    const shared = this.#feedsOf(this.#current, own);
    return rows.map((row) => ({ feeds: { ...shared, ...row.feeds }, outputs: outputsOf(row.left) }));
  }

  /** What each group of branches is told of references. */
  get feeds(): readonly Feeds[] {
    const current = this.#current;
    return current?.groups.map((group) => this.#feedsOf(current, group)) ?? [];
  }

  release(): void {
    for (const dispose of this.#made) dispose();
    this.#made = [];
    this.#current = null;
    this.#strengths = null;
  }

  #feedsOf({ rows, nothing, shared }: Rows, { branches, attention }: Group): Feeds {
    const seen = rows.map((row) => (seesReferences(branches) ? row.left : nothing));
    const keyValues = seen.flatMap(({ keys, values }, reference) => [
      ...keys.map((key, layer) => [detailTensors.key(layer, reference), key] as const),
      ...values.map((value, layer) => [detailTensors.value(layer, reference), value] as const),
    ]);
    return { ...attention.feeds, ...shared, ...Object.fromEntries(keyValues) };
  }

  async #make(
    conditions: Conditions,
    groups: readonly (readonly Branch[])[],
  ): Promise<Omit<Rows, 'conditions' | 'key'>> {
    const rows: ReferenceRow[] = [];
    for (const reference of conditions.references) {
      const place = { conditions, grids: this.#grids };
      const row = await ReferenceRow.open(this.#backend, this.#settings, reference, place);
      this.#made.push(() => {
        row.dispose();
      });
      rows.push(row);
    }
    const nothing = await layerTensors(this.#backend, this.#settings, () => 1);
    this.#made.push(() => {
      disposeLayerTensors(nothing);
    });
    const noPlace = await this.#indices(new Int32Array(1));
    const subjects = await this.#indices(subjectsOf(conditions));
    const group = (branches: readonly Branch[]): Promise<Group> => this.#makeGroup(conditions, branches);
    const made: Group[] = [];
    for (const branches of groups) made.push(await group(branches));
    const own = await group(['text']);
    await own.attention.write(detailBias(conditions.references, this.#grids, own.branches, []));
    await own.attention.write(noUpdate(this.#settings));
    return {
      rows,
      own,
      nothing,
      shared: {
        [detailTensors.subjects]: subjects,
        ...Object.fromEntries(this.#grids.map(({ level }) => [detailTensors.places(level), noPlace])),
      },
      groups: made,
    };
  }

  async #makeGroup({ references }: Conditions, branches: readonly Branch[]): Promise<Group> {
    const attention = new FeedTensors(this.#backend);
    this.#made.push(() => {
      attention.dispose();
    });
    await attention.write(detailMarks(references, this.#grids, branches));
    return { branches, attention };
  }

  /** Freed with the rows. */
  async #indices(values: Int32Array<ArrayBuffer>): Promise<Tensor> {
    const tensor = await indexTensor(this.#backend, values);
    this.#made.push(() => {
      tensor.dispose();
    });
    return tensor;
  }
}

/** By whose word each channel's reference is bound; what is no reference's counts nothing. */
function subjectsOf({ references }: Conditions): Int32Array<ArrayBuffer> {
  return Int32Array.from({ length: marksWidth(references.length) }, (_, channel) => references[channel]?.subject ?? 0);
}

function outputsOf({ keys, values }: LayerTensors): Feeds {
  return Object.fromEntries([
    ...keys.map((key, layer) => [detailTensors.ownKey(layer), key] as const),
    ...values.map((value, layer) => [detailTensors.ownValue(layer), value] as const),
  ]);
}

/** Coefficients of one branch that make nothing of it: where network and update are one graph, nobody reads the update. */
function noUpdate({ keeps }: RowSettings): HostFeeds {
  const dims = keeps ? [3, 6] : [2, 4];
  return { [fusedUpdateTensors.coefficients]: { values: new Float32Array(dims.reduce((a, b) => a * b)), dims } };
}
