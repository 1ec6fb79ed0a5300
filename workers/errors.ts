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
  | 'bad-adapter'
  | 'bad-tiny-autoencoder'
  | 'nan-weight'
  | 'bad-json'
  | 'file-not-found'
  | 'http-status'
  | 'not-a-model-file'
  | 'network'
  | 'address-with-password'
  | 'download-incomplete'
  | 'hash-mismatch'
  | 'storage-quota'
  | 'storage-busy'
  | 'stored-files-gone'
  | 'storage-unavailable'
  | 'not-an-image'
  | 'image-truncated'
  | 'image-too-large'
  | 'image-too-small'
  | 'image-format'
  | 'needs-download'
  | 'nothing-to-cut-out'
  | 'bad-cut-out-network'
  | 'empty-caption'
  | 'pin-out-of-range'
  | 'pin-without-subject'
  | 'pin-cut-off'
  | 'pin-without-token'
  | 'pinned-twice'
  | 'area-outside-picture'
  | 'weight-too-large'
  | 'setting-out-of-range'
  | 'bad-mask'
  | 'no-webgpu'
  | 'no-adapter'
  | 'device-lost'
  | 'out-of-memory'
  | 'tensor-too-large'
  | 'provider-too-slow'
  | 'too-large-for-browser'
  | 'nan-output'
  | 'model-not-loaded'
  | 'no-image-encoder'
  | 'busy'
  | 'cancelled'
  | 'engine-silent'
  | 'internal';

/** What was chosen for a model beside the checkpoint, each with a field of its own in which its errors are shown. */
export type AddedPart = 'ipAdapter' | 'lookImageEncoder' | 'tinyAutoencoder';

/** An error with a code and the facts that its sentence for the user needs (names, sizes, limits). */
export class PinwordError extends Error {
  readonly code: ErrorCode;
  /** What was added to a model, where the error is about that. */
  about: AddedPart | null = null;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'PinwordError';
    this.code = code;
  }
}

/** Says of errors of a task that they are about a part, where nothing inside has said so of another one. */
export async function about<T>(part: AddedPart, task: () => T | Promise<T>): Promise<T> {
  try {
    return await task();
  } catch (error) {
    if (error instanceof PinwordError) error.about ??= part;
    throw error;
  }
}

/** What crosses the worker boundary instead of an exception. */
export interface ErrorData {
  readonly code: ErrorCode;
  /** One or two sentences for the person: what is wrong and what to do. */
  readonly message: string;
  /** The part that was added to a model and that this is about; absent where it is about none. */
  readonly about?: AddedPart;
  /** What the browser or a library said of it, in its own words: for the console, never shown. */
  readonly details?: string;
}

/**
 * Turns anything thrown into data. What is not ours gets a sentence of ours; its own words go into the details, and so
 * do those of what caused it.
 */
export function toErrorData(thrown: unknown): ErrorData {
  const ours = thrown instanceof PinwordError ? thrown : sentenceFor(thrown);
  const part = thrown instanceof PinwordError ? thrown.about : null;
  const details = foreignWords(thrown);
  return {
    code: ours.code,
    message: ours.message,
    ...(part === null ? {} : { about: part }),
    ...(details === '' ? {} : { details }),
  };
}

type Sentence = Pick<ErrorData, 'code' | 'message'>;

/** What browsers throw, by the error's name, where that says what happened. */
const browserErrors: Readonly<Record<string, Sentence>> = {
  NotReadableError: fileIsGone(),
  NotFoundError: fileIsGone(),
  QuotaExceededError: {
    code: 'storage-quota',
    message: 'The browser’s storage is full. Delete pictures or stored models, or free disk space, then try again.',
  },
  SecurityError: {
    code: 'storage-unavailable',
    message: 'The browser does not let this page do that. Check whether a setting or an extension blocks site data.',
  },
};

function fileIsGone(): Sentence {
  return {
    code: 'file-not-found',
    message: 'A file can no longer be read: it was changed, moved or deleted after it was chosen. Choose it again.',
  };
}

function sentenceFor(thrown: unknown): Sentence {
  const { name, message } = asError(thrown);
  if (isMemoryShortage(message))
    return {
      code: 'out-of-memory',
      message: 'There was not enough memory. Close other tabs, or choose a smaller picture, then try again.',
    };
  return (
    browserErrors[name] ?? {
      code: 'internal',
      message: 'Something unexpected went wrong. Try again; if it happens again, reload the page.',
    }
  );
}

/** Whether an error of a browser or of ONNX Runtime tells of memory that ran out. */
export function isMemoryShortage(words: string): boolean {
  return /out of memory|allocat|bad_alloc|Invalid Buffer|Invalid array length/i.test(words);
}

interface ErrorLike {
  readonly name: string;
  readonly message: string;
  readonly cause?: unknown;
}

/** GPUError is no Error, and ONNX Runtime throws numbers. */
function asError(thrown: unknown): ErrorLike {
  if (typeof thrown !== 'object' || thrown === null || !('message' in thrown))
    return { name: '', message: String(thrown) };
  const name = 'name' in thrown ? String(thrown.name) : '';
  return { name, message: String(thrown.message), cause: 'cause' in thrown ? thrown.cause : undefined };
}

/** Causes can be circular. */
const maxCauses = 8;

function foreignWords(thrown: unknown): string {
  const words: string[] = [];
  for (let error = thrown, depth = 0; error !== undefined && error !== null && depth < maxCauses; depth++) {
    const { name, message, cause } = asError(error);
    if (!(error instanceof PinwordError)) words.push(name === '' ? message : `${name}: ${message}`);
    error = cause;
  }
  return words.join('; ');
}
