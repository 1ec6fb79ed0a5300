import type { Notice } from '../api.ts';
import { PinwordError } from '../errors.ts';
import type { ByteSource } from './byte-source.ts';
import { type LoraBundle, noticesOfBundles, splitBundle } from './lora-bundle.ts';
import { loraScale, readAdapterMetadata } from './lora-scale.ts';
import { type LoraRole, type LoraTarget, LoraTargets, otherMethods, parseLoraKey } from './lora-keys.ts';
import { readTensorFile, type TensorFile } from './tensor-file.ts';
import type { TensorInfo, TensorTable } from './tensor-table.ts';

/** A LoRA file (Hu et al. 2021, arXiv 2106.09685) and how strongly it is merged. */
export interface LoraInput {
  readonly source: ByteSource;
  readonly weight: number;
}

/** W += scale · up·down for one weight of the base. */
export interface LoraDelta {
  readonly source: ByteSource;
  /** Name of the module in the file. */
  readonly module: string;
  /** [rank, in, …window]. */
  readonly down: TensorInfo;
  /** [out, rank] or [out, rank, 1, 1]. */
  readonly up: TensorInfo;
  readonly rank: number;
  /** The file's weight times alpha / rank. */
  readonly scale: number;
}

/** The deltas of all files by the name of the base's tensor, and what the person should know of the files. */
export interface LoraPlan extends Readonly<Record<LoraTarget, ReadonlyMap<string, readonly LoraDelta[]>>> {
  readonly notices: readonly Notice[];
}

type Module = Partial<Record<LoraRole, TensorInfo>>;

/**
 * What several LoRA files (kohya's, diffusers' or peft's names) change in a base model. Reads headers and alphas only.
 * @throws PinwordError 'bad-lora' naming keys that fit nothing in the base or methods that are not supported, and what
 *   reading throws.
 */
export async function planLoras(
  loras: readonly LoraInput[],
  base: Readonly<Record<LoraTarget, TensorTable>>,
): Promise<LoraPlan> {
  const targets = new LoraTargets(base);
  const plan = { unet: new Map<string, LoraDelta[]>(), textEncoder: new Map<string, LoraDelta[]>() };
  const bundles: LoraBundle[] = [];
  for (const { source, weight } of loras) {
    const bundle = splitBundle(await readTensorFile(source, ['state_dict']));
    const file = bundle.lora;
    bundles.push(bundle);
    for (const [module, tensors] of groupModules(file)) {
      const found = targets.find(module);
      if (found === null) continue;
      const baseShape = base[found.target].get(found.name)?.shape ?? [];
      const deltas = plan[found.target].get(found.name) ?? [];
      deltas.push(await readDelta(file, module, tensors, baseShape, weight));
      plan[found.target].set(found.name, deltas);
    }
    refuseUnknown(file, targets);
  }
  return { ...plan, notices: noticesOfBundles(bundles) };
}

function groupModules(file: TensorFile): ReadonlyMap<string, Module> {
  const modules = new Map<string, Module>();
  for (const [name, info] of file.table) {
    const method = otherMethods.find(([pattern]) => pattern.test(name));
    if (method !== undefined)
      throw bad(file, `is a ${method[1]} file, which is not supported (tensor "${name.slice(0, 200)}")`);
    const key = parseLoraKey(name);
    if (key === null) continue;
    const module = modules.get(key.module) ?? {};
    if (module[key.role] !== undefined)
      throw bad(file, `holds the ${key.role} part of "${key.module.slice(0, 200)}" twice`);
    modules.set(key.module, { ...module, [key.role]: info });
  }
  return modules;
}

function refuseUnknown(file: TensorFile, targets: LoraTargets): void {
  const unknown = [...file.table.keys()].filter((name) => {
    const key = parseLoraKey(name);
    return key === null || targets.find(key.module) === null;
  });
  if (file.table.size === 0) throw bad(file, 'holds no tensors');
  if (unknown.length === 0) return;
  const shown = unknown
    .slice(0, 5)
    .map((name) => `"${name.slice(0, 200)}"`)
    .join(', ');
  throw bad(
    file,
    `holds ${unknown.length} of ${file.table.size} tensors that fit nothing in this model: ${shown}${unknown.length > 5 ? ', …' : ''}. It was made for another model`,
  );
}

async function readDelta(
  file: TensorFile,
  module: string,
  { down, up, alpha }: Module,
  baseShape: readonly number[],
  weight: number,
): Promise<LoraDelta> {
  if (down === undefined || up === undefined)
    throw bad(file, `lacks the ${down === undefined ? 'down' : 'up'} part of "${module.slice(0, 200)}"`);
  const [rank = 0] = down.shape;
  const isLowRank = rank > 0 && up.shape[1] === rank && up.shape.slice(2).every((extent) => extent === 1);
  const [outputs = 0, ...inputs] = baseShape;
  const fits =
    up.shape[0] === outputs && product(down.shape.slice(1)) === product(inputs) && down.shape[1] === inputs[0];
  if (!isLowRank || !fits)
    throw bad(
      file,
      `has a part "${module.slice(0, 200)}" with shapes [${up.shape.join(', ')}] · [${down.shape.join(', ')}] that does not fit the model's [${baseShape.join(', ')}]`,
    );
  const adapter = readAdapterMetadata(file.metadata, module);
  return {
    source: file.source,
    module,
    down,
    up,
    rank,
    scale: weight * (await loraScale(file.source, module, alpha, rank, adapter)),
  };
}

function product(extents: readonly number[]): number {
  return extents.reduce((value, extent) => value * extent, 1);
}

function bad(file: TensorFile, what: string): PinwordError {
  return new PinwordError('bad-lora', `The LoRA "${file.source.name}" ${what}. Choose another LoRA.`);
}
