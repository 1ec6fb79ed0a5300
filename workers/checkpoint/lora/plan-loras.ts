import { notice, type Notice } from '../../contract/notices.ts';
import type { ByteSource } from '../bytes/byte-source.ts';
import { readTensorFile, type TensorFile } from '../tensor-files/tensor-file.ts';
import type { TensorInfo, TensorTable } from '../tensors/tensor-table.ts';
import { badLora, quoted } from './bad-lora.ts';
import { BaseModules, type LoraTarget } from './base-modules.ts';
import { type LoraBundle, noticesOfBundles, splitBundle } from './bundle.ts';
import { FileModule } from './file-module.ts';
import { readPeftMetadata } from './peft-metadata.ts';
import { planModule } from './plan-module.ts';
import type { TensorChange } from './tensor-change.ts';
import { otherMethods, parseBesides, type Part } from './tensor-names.ts';

/** A file of LoRA or one of its relatives, and how strongly it is merged. */
interface LoraInput {
  readonly source: ByteSource;
  readonly weight: number;
}

/** What all files do, in order, by the name of the base's tensor, and what the person should know of the files. */
export interface LoraPlan extends Readonly<Record<LoraTarget, ReadonlyMap<string, readonly TensorChange[]>>> {
  readonly notices: readonly Notice[];
}

/**
 * What several files (LoRA, LoCon, LoHa, LoKr, DoRA, GLoRA, IA³, OFT, BOFT, differences; kohya's, LyCORIS', diffusers',
 * peft's or ComfyUI's names) change in a base model. Reads headers and single numbers only.
 * @throws PinwordError 'bad-lora' naming a method that is not supported, names of no known form, parts that do not fit
 *   their layer, and files of which nothing fits; and what reading throws.
 */
export async function planLoras(
  loras: readonly LoraInput[],
  base: Readonly<Record<LoraTarget, TensorTable>>,
): Promise<LoraPlan> {
  const modules = new BaseModules(base);
  const plan = { unet: new Map<string, TensorChange[]>(), textEncoder: new Map<string, TensorChange[]>() };
  const bundles: LoraBundle[] = [];
  const notices: Notice[] = [];
  for (const { source, weight } of loras) {
    const bundle = splitBundle(await readTensorFile(source, ['state_dict']));
    bundles.push(bundle);
    notices.push(...(await planFile(bundle.lora, modules, weight, plan)));
  }
  return { ...plan, notices: [...notices, ...noticesOfBundles(bundles)] };
}

async function planFile(
  file: TensorFile,
  base: BaseModules,
  weight: number,
  plan: Readonly<Record<LoraTarget, Map<string, TensorChange[]>>>,
): Promise<readonly Notice[]> {
  const unused: string[] = [];
  const metadata = readPeftMetadata(file);
  const groups = groupModules(file);
  for (const [name, parts] of groups) {
    const found = base.find(name);
    if (found === null) {
      unused.push(name);
      continue;
    }
    const change = await planModule(new FileModule(file, name, parts, metadata(name)), found, weight);
    if (change.weight !== null) add(plan[found.target], found.weight, change.weight);
    if (change.bias !== null && found.bias !== null) add(plan[found.target], found.bias, change.bias);
  }
  if (groups.size === 0) throw badLora(file, 'holds no tensors');
  if (unused.length === groups.size)
    throw badLora(file, `fits nothing in this model, e.g. ${listed(unused, 3)}. It was made for another model`);
  return unused.length === 0 ? [] : [noticeOfUnused(file, unused, groups.size)];
}

function add(changes: Map<string, TensorChange[]>, name: string, change: TensorChange): void {
  changes.set(name, [...(changes.get(name) ?? []), change]);
}

function groupModules(file: TensorFile): ReadonlyMap<string, ReadonlyMap<Part, TensorInfo>> {
  const modules = new Map<string, Map<Part, TensorInfo>>();
  const unknown: string[] = [];
  for (const [name, info] of file.table) {
    const method = otherMethods.find(([pattern]) => pattern.test(name));
    if (method !== undefined) throw badLora(file, `is a ${method[1]}, which is not supported (tensor ${quoted(name)})`);
    const key = parseBesides(name, file.table);
    if (key === null) {
      unknown.push(name);
      continue;
    }
    const parts = modules.get(key.module) ?? new Map<Part, TensorInfo>();
    if (parts.has(key.part)) throw badLora(file, `holds the part "${key.part}" of ${quoted(key.module)} twice`);
    modules.set(key.module, parts.set(key.part, info));
  }
  if (unknown.length > 0)
    throw badLora(
      file,
      `holds ${unknown.length} of ${file.table.size} tensors that belong to no LoRA: ${listed(unknown, 5)}`,
    );
  return modules;
}

function noticeOfUnused(file: TensorFile, unused: readonly string[], all: number): Notice {
  return notice('lora-unused', file.source.name, unused.length, all, listed(unused, 5));
}

function listed(names: readonly string[], most: number): string {
  const shown = names.slice(0, most).map(quoted);
  return `${shown.join(', ')}${names.length > most ? ', …' : ''}`;
}
