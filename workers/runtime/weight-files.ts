import { PinwordError } from '../errors.ts';

/** An external-data file of a graph. A Blob is read range by range where the runtime can suspend. */
export interface WeightFile {
  readonly path: string;
  readonly data: Blob | Uint8Array;
}

/**
 * Bytes [start, end) of a file of weights.
 * @throws PinwordError 'stored-files-gone'
 */
export async function weightBytes(
  { data }: Pick<WeightFile, 'data'>,
  start: number,
  end: number,
): Promise<Uint8Array<ArrayBuffer>> {
  if (!(data instanceof Blob)) return new Uint8Array(data.subarray(start, end));
  return new Uint8Array(await data.slice(start, end).arrayBuffer().catch(gone));
}

/** @throws PinwordError 'stored-files-gone' where one of them cannot be read */
export async function requireReadable(files: readonly WeightFile[]): Promise<void> {
  for (const file of files) await weightBytes(file, 0, 1);
}

/** Another tab, or the browser when the disk runs low, can take stored files away, and a person's own files can change. */
function gone(cause: unknown): never {
  throw new PinwordError(
    'stored-files-gone',
    'Files of this model can no longer be read: another tab or the browser removed them, or they changed on the disk. Load the model again.',
    { cause },
  );
}
