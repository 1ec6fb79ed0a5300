import type { ByteSource } from '../../checkpoint/bytes/byte-source.ts';
import { type ErrorCode, PinwordError } from '../../errors.ts';
import type { HeadStore, StoredHead } from './head-store.ts';
import { RemoteChangedError } from '../sources/range-reader.ts';
import { type RemoteFacts, remoteFacts } from '../sources/remote-facts.ts';
import type { SourceFiles } from '../sources/source-files.ts';
import { unlessFull } from './storage-room.ts';
import { streamOf } from '../sources/byte-stream.ts';
import type { StoredOwner } from './stored-file.ts';

/**
 * The same files, but configs, tokenizers and headers are kept in storage. A commit's files never change and are taken
 * from there; those of a plain host are asked for, and taken from storage where it fails.
 */
export function cacheFileHeads(files: SourceFiles, heads: HeadStore): SourceFiles {
  return files.identity === null ? files : new CachedFiles(files, files.identity, heads);
}

class CachedFiles implements SourceFiles {
  readonly name: string;
  readonly identity: string;
  readonly #files: SourceFiles;
  readonly #heads: HeadStore;
  readonly #failures = new Map<string, PinwordError>();
  #owner: Promise<StoredOwner> | undefined;

  constructor(files: SourceFiles, identity: string, heads: HeadStore) {
    this.name = files.name;
    this.identity = identity;
    this.#files = files;
    this.#heads = heads;
  }

  async find(path: string): Promise<ByteSource | null> {
    const stored = await this.#heads.find(this.identity, path);
    if (stored !== null && isImmutable(this.identity)) return headSource(stored, this.#files);
    try {
      const found = await this.#files.find(path);
      if (found !== null && (stored === null || !isSameFile(stored, found)))
        await unlessFull(this.#heads.save(await this.#knownOwner(), found));
      return found;
    } catch (thrown) {
      if (!isHostFailure(thrown) || !(stored !== null || (await this.#isAbsent(thrown)))) throw thrown;
      this.#failures.set(path, thrown);
      return stored === null ? null : headSource(stored, this.#files);
    }
  }

  /** Of a model that was opened before, every file that it has was kept then; only a listing that was had knows better. */
  async #isAbsent({ code }: PinwordError): Promise<boolean> {
    return (code === 'network' || !isImmutable(this.identity)) && (await this.#heads.owner(this.identity)) !== null;
  }

  licence(): Promise<string | null> {
    return this.#knownOwner().then(({ licence }) => licence);
  }

  whyMissing(path: string): PinwordError | null {
    return this.#failures.get(path) ?? this.#files.whyMissing(path);
  }

  storedInstead(): PinwordError | null {
    const [failure = this.#files.storedInstead()] = this.#failures.values();
    return failure;
  }

  #knownOwner(): Promise<StoredOwner> {
    this.#owner ??= licenceIfReadable(this.#files).then((licence) => ({
      identity: this.identity,
      name: this.name,
      licence,
    }));
    return this.#owner;
  }
}

/** A model whose card cannot be read is still a model, of unknown licence. */
export function licenceIfReadable(files: SourceFiles): Promise<string | null> {
  return files.licence().catch((thrown: unknown) => {
    if (thrown instanceof PinwordError && thrown.code !== 'cancelled') return null;
    throw thrown;
  });
}

/** True where it names a commit. */
export function isImmutable(identity: string): boolean {
  return /^hub:.*@[0-9a-f]{40,64}$/.test(identity);
}

const hostFailures: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'network',
  'http-status',
  'file-not-found',
  'not-a-model-file',
]);

/** True for what a host answered, or that it did not; false for what the storage or the person did. */
export function isHostFailure(thrown: unknown): thrown is PinwordError {
  return thrown instanceof PinwordError && hostFailures.has(thrown.code);
}

function isSameFile({ file }: StoredHead, found: ByteSource): boolean {
  const { validator, sha256 } = remoteFacts(found);
  if (file.sourceSize !== found.size) return false;
  return sha256 !== null && file.sourceSha256 !== null
    ? sha256 === file.sourceSha256
    : validator !== null && validator === file.validator;
}

/** A file whose ends are stored; the rest comes from where it was found at first. */
function headSource(head: StoredHead, files: SourceFiles): ByteSource & RemoteFacts {
  const { file, bytes, first } = head;
  let reopened: Promise<ByteSource> | undefined;
  const remote = () => (reopened ??= reopen(head, files));
  const whole = file.size === file.sourceSize;
  const lastFrom = file.sourceSize - (file.size - first);
  const stored = async (offset: number, length: number) => {
    const isFirst = offset + length <= first || whole;
    if (!isFirst && offset < lastFrom) return null;
    const at = isFirst ? offset : first + offset - lastFrom;
    return new Uint8Array(await bytes.slice(at, at + length).arrayBuffer());
  };
  const stream = async function* (offset: number, length: number) {
    const piece = await stored(offset, length);
    if (piece === null) yield* streamOf(await remote(), offset, length);
    else yield piece;
  };
  return {
    name: file.path,
    size: file.sourceSize,
    validator: file.validator,
    sha256: file.sourceSha256,
    acceptsRanges: true,
    ...(whole ? { blob: bytes } : {}),
    stream,
    read: async (offset, length) => (await stored(offset, length)) ?? (await remote()).read(offset, length),
  };
}

async function reopen(head: StoredHead, files: SourceFiles): Promise<ByteSource> {
  const { path } = head.file;
  const found = await files.find(path);
  if (found !== null && isSameFile(head, found)) return found;
  throw files.whyMissing(path) ?? new RemoteChangedError(path);
}
