import type { ByteSource } from '../../checkpoint/bytes/byte-source.ts';

/** What a server told about a file; a file on this machine has none of it. */
export interface RemoteFacts {
  /** What tells two versions of the file apart: ETag, else Last-Modified; null where the host shows neither. */
  readonly validator: string | null;
  /** SHA-256 of the whole file in hex, where the host publishes one; of several files as one, see hashOfParts. */
  readonly sha256: string | null;
  /** False where every read makes the host send the file from its start. */
  readonly acceptsRanges: boolean;
  /** Bytes of the files that lie in it end to end, where they are several. */
  readonly partSizes?: readonly number[];
}

export function remoteFacts(source: ByteSource): Required<RemoteFacts> {
  return {
    validator: 'validator' in source && typeof source.validator === 'string' ? source.validator : null,
    sha256: 'sha256' in source && typeof source.sha256 === 'string' ? source.sha256 : null,
    acceptsRanges: !('acceptsRanges' in source) || source.acceptsRanges !== false,
    partSizes: 'partSizes' in source && isSizes(source.partSizes) ? source.partSizes : [source.size],
  };
}

function isSizes(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((size) => typeof size === 'number');
}
