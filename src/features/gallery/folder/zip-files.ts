/** The files in a zip, each unpacked when it is asked for: a gallery need not fit into memory. */
import type { ZipEntry } from 'unzipit';
import { isIndexName, isPictureName } from './folder-index.ts';
import { maxEntries, nameIn, type PathFile } from './folder.ts';

/** A zip that is not read; the message says why and what to do. */
export class BadZip extends Error {}

/** Largest picture that is unpacked, in bytes: the largest that can be made has some 50 MB. */
const largestPicture = 64 * 1024 ** 2;
/** A PNG is compressed already; what grows by more than this is no gallery. */
const mostGrowth = 10;
/** An index may be small in a zip of few pictures. */
const spare = 20 * 1024 ** 2;

/**
 * The pictures and indexes in a zip; all else in it is passed over.
 * @throws BadZip
 */
export async function filesInZip(zip: File): Promise<readonly PathFile[]> {
  const entries = (await entriesOf(zip)).filter(isWanted);
  if (entries.length > maxEntries)
    throw new BadZip(`“${zip.name}” holds more files than a gallery can have. Choose the zip of the pictures alone.`);
  if (entries.some(({ encrypted }) => encrypted))
    throw new BadZip(`“${zip.name}” is locked with a password. Unpack it, and take in its folder.`);
  const unpacked = entries.reduce((sum, { size }) => sum + size, 0);
  if (unpacked > mostGrowth * zip.size + spare)
    throw new BadZip(`“${zip.name}” would unpack to far more than pictures do, so nothing of it was read.`);
  return entries.map((entry) => ({ path: entry.name, read: () => unpack(entry) }));
}

async function entriesOf(zip: File): Promise<readonly ZipEntry[]> {
  const { unzipRaw } = await import('unzipit');
  try {
    return (await unzipRaw(zip)).entries;
  } catch (error) {
    throw new BadZip(`“${zip.name}” is damaged, or no zip. Fetch or save it again.`, { cause: error });
  }
}

function isWanted({ name, isDirectory }: ZipEntry): boolean {
  const own = nameIn(name);
  return !isDirectory && (isIndexName(own) || isPictureName(own));
}

async function unpack(entry: ZipEntry): Promise<File> {
  if (entry.size > largestPicture) throw new RangeError('This file in the zip is too large.');
  const type = isIndexName(nameIn(entry.name)) ? 'application/json' : 'image/png';
  return new File([await entry.arrayBuffer()], nameIn(entry.name), { type, lastModified: entry.lastModDate.getTime() });
}

export function isZipName(name: string): boolean {
  return /\.zip$/iu.test(name);
}
