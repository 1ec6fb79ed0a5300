import { PinwordError } from '../../errors.ts';
import type { ByteSource } from '../bytes/byte-source.ts';
import { readTensorFile } from '../tensor-files/tensor-file.ts';
import type { TensorInfo, TensorTable } from '../tensors/tensor-table.ts';

/** config.json of a projector in our own format. */
interface ProjectorConfig {
  readonly _class_name: 'PseudoWordProjector';
  readonly input_dim: number;
  readonly hidden_dims: readonly number[];
  readonly output_dim: number;
  /** Between the layers, not after the last. */
  readonly activation: 'gelu' | 'relu';
}

/** A network from image embeddings to pseudo-words, whoever published it, under the names of our own format. */
export interface ProjectorFile {
  /** What the table's places are in. */
  readonly source: ByteSource;
  readonly config: ProjectorConfig;
  /** `layers.{i}.weight` [out, in] and `layers.{i}.bias` [out], lying where they are in the file. */
  readonly table: TensorTable;
}

interface Layout {
  /** Module names from first to last layer. */
  readonly modules: readonly string[];
  readonly activation: ProjectorConfig['activation'];
}

/** LinCIR (Gu et al. 2024) and SEARLE (Baldrati et al. 2023): Linear, GELU, Dropout, twice, then Linear. */
const phiLayout: Layout = { modules: ['layers.0', 'layers.3', 'layers.6'], activation: 'gelu' };
/** Pic2Word (Saito et al. 2023): Linear, Dropout, ReLU, twice, then Linear. */
const pic2WordLayout: Layout = { modules: ['layers.0.0', 'layers.1.0', 'fc_out'], activation: 'relu' };

/** Ours: layers.0, layers.1 and so on. Its activation is what config.json says, and GELU where the file comes alone. */
function ownLayout(tensors: TensorTable): Layout | null {
  const modules: string[] = [];
  while (tensors.has(`layers.${modules.length}.weight`)) modules.push(`layers.${modules.length}`);
  return modules.length >= 2 && tensors.size === 2 * modules.length ? { modules, activation: 'gelu' } : null;
}

/** Keys below which the published files keep the network. */
export const stateDictKeys = ['Phi', 'state_dict_img2text', 'state_dict'];

/**
 * Reads a projector as LinCIR, SEARLE and Pic2Word publish it (.pt or safetensors), or the weights of our own format.
 * @throws PinwordError 'bad-checkpoint-file' when it is none of these; 'bad-pickle' | 'bad-safetensors'.
 */
export async function readProjectorFile(source: ByteSource): Promise<ProjectorFile> {
  const { table, source: place } = await readTensorFile(source, stateDictKeys);
  const tensors = withoutPrefix(table);
  const layout = layoutOf(tensors);
  if (layout === null) throw bad(source, 'is no projector of LinCIR, SEARLE or Pic2Word, nor one of our own format');
  return { source: place, ...assemble(source, tensors, layout) };
}

/** Whether a file's tensors are those of a projector, as far as names tell. */
export function isProjectorTable(table: TensorTable): boolean {
  return layoutOf(withoutPrefix(table)) !== null;
}

function layoutOf(tensors: TensorTable): Layout | null {
  const published = [phiLayout, pic2WordLayout].find(({ modules }) =>
    modules.every((module) => tensors.has(`${module}.weight`)),
  );
  return published ?? ownLayout(tensors);
}

/** Data-parallel training puts `module.` before every name; safetensors files may keep the outer key. */
function withoutPrefix(table: TensorTable): TensorTable {
  return new Map(
    [...table].map(([name, info]) => [name.replace(/^(Phi\.|state_dict_img2text\.|img2text\.)?(module\.)?/, ''), info]),
  );
}

function assemble(
  source: ByteSource,
  tensors: TensorTable,
  { modules, activation }: Layout,
): Omit<ProjectorFile, 'source'> {
  const table = new Map<string, TensorInfo>();
  const widths: number[] = [];
  modules.forEach((module, i) => {
    const weight = tensors.get(`${module}.weight`);
    const bias = tensors.get(`${module}.bias`);
    const [outputs, inputs, ...more] = weight?.shape ?? [];
    if (weight === undefined || bias === undefined || outputs === undefined || inputs === undefined || more.length > 0)
      throw bad(source, `lacks a part of its layer "${module}"`);
    if (bias.shape.length !== 1 || bias.shape[0] !== outputs || (i > 0 && widths[i] !== inputs))
      throw bad(source, `has a layer "${module}" that does not fit the one before`);
    table.set(`layers.${i}.weight`, weight);
    table.set(`layers.${i}.bias`, bias);
    widths.push(...(i === 0 ? [inputs, outputs] : [outputs]));
  });
  const [input = 0, ...rest] = widths;
  return {
    config: {
      _class_name: 'PseudoWordProjector',
      input_dim: input,
      hidden_dims: rest.slice(0, -1),
      output_dim: rest.at(-1) ?? 0,
      activation,
    },
    table,
  };
}

function bad(source: ByteSource, what: string): PinwordError {
  return new PinwordError('bad-checkpoint-file', `"${source.name}" ${what}. Choose a projector file.`);
}
