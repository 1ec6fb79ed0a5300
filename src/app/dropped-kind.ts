/** What a file that is dropped beside every word is meant to be. */
type DroppedKind = 'picture' | 'embedding' | 'lora' | 'checkpoint' | 'other';

const embeddingBytes = 8e6;
const checkpointBytes = 9e8;

/**
 * By ending and size: a textual-inversion file is kilobytes, a LoRA up to some hundred megabytes, a checkpoint of
 * Stable Diffusion 1.x two gigabytes or more. The engine checks what is really inside.
 */
export function droppedKind({ name, type, size }: Pick<File, 'name' | 'type' | 'size'>): DroppedKind {
  if (type.startsWith('image/')) return 'picture';
  if (/\.(?:pt|bin)$/iu.test(name)) return size < embeddingBytes ? 'embedding' : 'other';
  if (!/\.safetensors$/iu.test(name)) return 'other';
  if (size < embeddingBytes) return 'embedding';
  return size < checkpointBytes ? 'lora' : 'checkpoint';
}
