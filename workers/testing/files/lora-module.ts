import { FileModule } from '../../checkpoint/lora/file-module.ts';
import type { PeftMetadata } from '../../checkpoint/lora/peft-metadata.ts';
import type { Part } from '../../checkpoint/lora/tensor-names.ts';
import type { TensorInfo } from '../../checkpoint/tensors/tensor-table.ts';
import { memorySource } from '../reference/formats-reference.ts';

type Parts<T> = Readonly<Partial<Record<Part, T>>>;
/** By part. */
export type PartShapes = Parts<readonly number[]>;

interface Content {
  /** Of the parts that are read. */
  readonly values?: Parts<readonly number[]>;
  readonly name?: string;
  readonly metadata?: Partial<PeftMetadata>;
}

/** A module of a LoRA file in memory, of float32 tensors. */
export function loraModule(shapes: PartShapes, { values = {}, name = 'x', metadata = {} }: Content = {}): FileModule {
  const parts = new Map<Part, TensorInfo>();
  const numbers: number[] = [];
  for (const [part, shape] of Object.entries(shapes) as [Part, readonly number[]][]) {
    const own = values[part] ?? [];
    parts.set(part, { dtype: 'F32', shape, offset: 4 * numbers.length, length: 4 * own.length });
    numbers.push(...own);
  }
  const source = memorySource('style.safetensors', new Uint8Array(Float32Array.from(numbers).buffer));
  const none: PeftMetadata = { alpha: null, rank: null, stabilised: false };
  return new FileModule({ source, table: new Map(), metadata: new Map() }, name, parts, { ...none, ...metadata });
}
