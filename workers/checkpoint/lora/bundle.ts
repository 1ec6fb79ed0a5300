import { notice, type Notice } from '../../contract/notices.ts';
import type { TensorFile } from '../tensor-files/tensor-file.ts';

/** A textual-inversion embedding that A1111 packs into a LoRA file: `bundle_emb.{word}.{tensor}`. */
const bundled = /^bundle_emb\.([^.]+)\./;

/** What a LoRA file holds: itself, and the words of embeddings that were packed with it. */
export interface LoraBundle {
  readonly lora: TensorFile;
  readonly words: readonly string[];
}

export function splitBundle(file: TensorFile): LoraBundle {
  const words = new Set([...file.table.keys()].flatMap((name) => bundled.exec(name)?.[1] ?? []));
  return {
    lora: { ...file, table: new Map([...file.table].filter(([name]) => !bundled.test(name))) },
    words: [...words],
  };
}

/** Says which embeddings are not used; one notice for all files. */
export function noticesOfBundles(bundles: readonly LoraBundle[]): readonly Notice[] {
  const packed = bundles.filter(({ words }) => words.length > 0);
  if (packed.length === 0) return [];
  const what = packed
    .map(({ lora, words }) => `${words.map((word) => `“${word}”`).join(', ')} in "${lora.source.name}"`)
    .join(', ');
  return [notice('lora-embeddings', what)];
}
