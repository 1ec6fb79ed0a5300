import type { ByteSource } from '../bytes/byte-source.ts';
import { elementBytes } from '../tensors/dtype.ts';
import { type Pickle, readPickle } from './pickle-machine.ts';
import { PickleRefusal, PickleTruncation, type PickleStorage, type PickleValue } from './pickle-values.ts';

/** What a file of torch.save before 1.6 holds. */
interface LegacyFile {
  readonly root: PickleValue;
  /** Where each storage lies by its key: eight bytes that say its size, then its numbers. */
  readonly places: ReadonlyMap<string, number>;
}

/** The pickles of the number 0x1950a86a20f9469cfc6c and of the protocol's version, 1001, as every version wrote them. */
const prologue = [
  0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e, 0x80, 2, 0x4d, 0xe9, 3, 0x2e,
];

/** Read at first; twice as much where the pickles are longer. */
const firstBytes = 1024 * 1024;

/**
 * Reads the pickles at the start of such a file: the machine that wrote it, what was saved, and the storages in order.
 * @throws PickleRefusal
 */
export async function readLegacyFile(source: ByteSource, maxPickleBytes: number): Promise<LegacyFile> {
  for (let length = firstBytes; ; length *= 2) {
    const bytes = await source.read(0, Math.min(length, source.size));
    try {
      return parse(bytes);
    } catch (error) {
      const isLonger = error instanceof PickleTruncation && length < source.size;
      if (!isLonger) throw error;
      if (2 * length > maxPickleBytes) throw new PickleRefusal('its pickle is too large');
    }
  }
}

function parse(bytes: Uint8Array): LegacyFile {
  if (prologue.some((byte, i) => bytes[i] !== byte))
    throw new PickleRefusal('it is a pickle, but not one of torch.save');
  const machine = readPickle(bytes, prologue.length);
  if (!(machine.value instanceof Map) || machine.value.get('little_endian') !== true)
    throw new PickleRefusal('its numbers are not little-endian');
  const saved = readPickle(bytes, machine.end);
  const keys = readPickle(bytes, saved.end);
  return { root: saved.value, places: placesOf(saved, keys) };
}

function placesOf({ storages }: Pickle, { value, end }: Pickle): ReadonlyMap<string, number> {
  if (!Array.isArray(value)) throw new PickleRefusal('its list of storages is missing');
  const places = new Map<string, number>();
  let at = end;
  for (const key of value) {
    const storage: PickleStorage | undefined = typeof key === 'string' ? storages.get(key) : undefined;
    if (storage === undefined) throw new PickleRefusal('its list of storages is malformed');
    places.set(storage.key, at);
    at += 8 + storage.count * elementBytes(storage.dtype);
  }
  return places;
}
