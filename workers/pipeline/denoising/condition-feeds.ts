import type { Feeds } from '../../runtime/run-into.ts';
import type { Backend } from '../../runtime/sessions.ts';
import type { ComputeType } from '../../contract/memory.ts';
import { keepConstant } from '../../runtime/constant-tensors.ts';
import { zeroTensor } from '../../runtime/tensors.ts';
import type { Branch, Conditions, ConditionSource, StepMoment } from '../modules/conditions.ts';
import { FeedTensors } from './feed-tensors.ts';
import { unetTensors } from '../../graph/graphs/unet.ts';

/** Makes the keys and values of a source for branches. */
export type Project = (source: ConditionSource, branches: readonly Branch[]) => Promise<Feeds>;

/** What the branches of one run of the network are told. */
interface Group {
  readonly branches: readonly Branch[];
  /** Keys and values, and the zeros that spread what the branches share. */
  readonly constants: Feeds;
  readonly live: FeedTensors;
}

/**
 * The network's inputs that the conditions give, kept until other branches are needed or other conditions are set. One
 * group of branches for each run of the network that a step takes.
 */
export class ConditionFeeds {
  readonly #backend: Backend;
  readonly #computeType: ComputeType;
  readonly #project: Project;
  #current: { readonly conditions: Conditions; readonly key: string; readonly groups: readonly Group[] } | null = null;

  constructor(backend: Backend, computeType: ComputeType, project: Project) {
    this.#backend = backend;
    this.#computeType = computeType;
    this.#project = project;
  }

  /** @returns whether anything changed. @throws PinwordError 'out-of-memory' | 'device-lost' */
  async set(conditions: Conditions, groups: readonly (readonly Branch[])[]): Promise<boolean> {
    const key = groups.map((branches) => branches.join()).join(';');
    if (this.#current?.conditions === conditions && this.#current.key === key) return false;
    this.release();
    const made: Group[] = [];
    try {
      for (const branches of groups) made.push(await this.#makeGroup(conditions, branches));
    } catch (error) {
      made.forEach(disposeGroup);
      throw error;
    }
    this.#current = { conditions, key, groups: made };
    return true;
  }

  /** Writes what changes at every step. @throws PinwordError 'out-of-memory' | 'device-lost' */
  async write(moment: StepMoment): Promise<void> {
    if (this.#current === null) return;
    const { conditions, groups } = this.#current;
    for (const { branches, live } of groups) {
      for (const source of conditions.sources) await live.write(source.liveFeeds(branches, moment));
      if (conditions.wordMaps !== null) await live.write(conditions.wordMaps.liveFeeds(branches, moment));
    }
  }

  /** For each run of the network. */
  get feeds(): readonly Feeds[] {
    return this.#current?.groups.map(({ constants, live }) => ({ ...constants, ...live.feeds })) ?? [];
  }

  release(): void {
    this.#current?.groups.forEach(disposeGroup);
    this.#current = null;
  }

  async #makeGroup({ sources }: Conditions, branches: readonly Branch[]): Promise<Group> {
    const made: Feeds[] = [];
    try {
      for (const source of sources) made.push(await this.#project(source, branches));
      const zeros = await zeroTensor(this.#backend, this.#computeType, [branches.length, 1, 1]);
      made.push(keepConstant({ [unetTensors.branchZeros]: zeros }));
    } catch (error) {
      made.forEach(disposeFeeds);
      throw error;
    }
    return { branches, constants: Object.assign({}, ...made) as Feeds, live: new FeedTensors(this.#backend) };
  }
}

function disposeGroup({ constants, live }: Group): void {
  disposeFeeds(constants);
  live.dispose();
}

function disposeFeeds(feeds: Feeds): void {
  for (const tensor of Object.values(feeds)) tensor.dispose();
}
