/**
 * Every failure that a person can meet has a code here. Codes cross the worker boundary as data (see api.ts),
 * because a structured clone of an Error keeps only its name, message and stack.
 */
export type ErrorCode =
  | 'unsupported-config'
  | 'missing-tensor'
  | 'extra-tensor'
  | 'tensor-shape'
  | 'tensor-dtype'
  | 'bad-safetensors'
  | 'bad-checkpoint-file'
  | 'bad-pickle'
  | 'bad-embedding'
  | 'bad-lora'
  | 'nan-weight'
  | 'bad-json'
  | 'file-not-found'
  | 'http-status'
  | 'not-a-model-file'
  | 'network'
  | 'download-incomplete'
  | 'hash-mismatch'
  | 'storage-quota'
  | 'storage-busy'
  | 'storage-unavailable'
  | 'not-an-image'
  | 'image-truncated'
  | 'image-too-large'
  | 'image-too-small'
  | 'image-format'
  | 'empty-caption'
  | 'pin-out-of-range'
  | 'pin-without-subject'
  | 'pin-cut-off'
  | 'setting-out-of-range'
  | 'no-webgpu'
  | 'no-adapter'
  | 'device-lost'
  | 'out-of-memory'
  | 'tensor-too-large'
  | 'provider-too-slow'
  | 'nan-output'
  | 'model-not-loaded'
  | 'no-image-encoder'
  | 'busy'
  | 'cancelled'
  | 'internal';

/** An error with a code and the facts that its sentence for the user needs (names, sizes, limits). */
export class PinwordError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'PinwordError';
    this.code = code;
  }
}

/** What crosses the worker boundary instead of an exception. `message` is one or two sentences for the user. */
export interface ErrorData {
  readonly code: ErrorCode;
  readonly message: string;
}

/** Turns anything thrown into data; what is not ours is 'internal' and keeps its own words. */
export function toErrorData(thrown: unknown): ErrorData {
  if (thrown instanceof PinwordError) return { code: thrown.code, message: thrown.message };
  const words = thrown instanceof Error ? thrown.message : String(thrown);
  return { code: 'internal', message: `Something unexpected went wrong: ${words}` };
}
