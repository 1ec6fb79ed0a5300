import { convertChecked, requireFloatDtype, toFloat32 } from '../tensors/dtype.ts';
import { readNumber } from '../tensors/read-number.ts';
import type { TensorFile } from '../tensor-files/tensor-file.ts';
import type { TensorInfo } from '../tensors/tensor-table.ts';
import { badLora, quoted } from './bad-lora.ts';
import type { PeftMetadata } from './peft-metadata.ts';
import type { Part } from './tensor-names.ts';

/** The tensors that a file holds for one module. */
export class FileModule {
  readonly file: TensorFile;
  readonly name: string;
  readonly parts: ReadonlyMap<Part, TensorInfo>;
  readonly metadata: PeftMetadata;

  constructor(file: TensorFile, name: string, parts: ReadonlyMap<Part, TensorInfo>, metadata: PeftMetadata) {
    this.file = file;
    this.name = name;
    this.parts = parts;
    this.metadata = metadata;
  }

  has(part: Part): boolean {
    return this.parts.has(part);
  }

  /** @returns null where the module has no such tensor. */
  shape(part: Part): readonly number[] | null {
    return this.parts.get(part)?.shape ?? null;
  }

  /** @throws PinwordError 'bad-lora' naming the part that is missing. */
  requireShape(part: Part): readonly number[] {
    return this.#require(part).shape;
  }

  /** All numbers of a part. @throws PinwordError 'bad-lora' | 'tensor-dtype' | 'nan-weight', and what reading throws. */
  async read(part: Part): Promise<Float32Array<ArrayBuffer>> {
    const { dtype, offset, length } = this.#require(part);
    const name = `${this.name} (${part})`;
    const bytes = await this.file.source.read(offset, length);
    return toFloat32(convertChecked(bytes, requireFloatDtype(dtype, name), 'F32', name), 'F32');
  }

  /** The one number of a part of any type, null where there is none. @throws PinwordError 'bad-lora' */
  async readNumber(part: Part): Promise<number | null> {
    const info = this.parts.get(part);
    if (info === undefined) return null;
    const value = await readNumber(this.file.source, info);
    if (value !== null) return value;
    throw this.bad(`has a part "${part}" of ${quoted(this.name)} that is no number`);
  }

  /**
   * alpha / rank (alpha / √rank where rank-stabilised), 1 where the file says no alpha. An alpha tensor of zero stands
   * for none, as in kohya's and LyCORIS' modules.
   */
  async scale(rank: number): Promise<number> {
    const { alpha: common, rank: configured, stabilised } = this.metadata;
    if (configured !== null && configured !== rank)
      throw this.bad(`has a part ${quoted(this.name)} of rank ${rank} where its metadata say ${configured}`);
    const own = await this.readNumber('alpha');
    const alpha = own === null ? (common ?? rank) : own === 0 ? rank : own;
    return alpha / (stabilised ? Math.sqrt(rank) : rank);
  }

  /** @throws PinwordError 'bad-lora' unless a tensor fits the base. @param parts whose shapes are told. */
  requireFit(fits: boolean, parts: readonly Part[], baseShape: readonly number[]): void {
    if (fits) return;
    const shapes = parts.map((part) => `[${(this.shape(part) ?? []).join(', ')}]`).join(' · ');
    throw this.bad(
      `has a part ${quoted(this.name)} with shapes ${shapes} that does not fit the model's [${baseShape.join(', ')}]`,
    );
  }

  bad(what: string): Error {
    return badLora(this.file, what);
  }

  lacks(part: Part): Error {
    return this.bad(`lacks the part "${part}" of ${quoted(this.name)}`);
  }

  #require(part: Part): TensorInfo {
    const info = this.parts.get(part);
    if (info === undefined) throw this.lacks(part);
    return info;
  }
}
