import { downloadFile, type DownloadJob } from './download-file.ts';
import type { StoragePlatform } from './storage-platform.ts';
import { ensureRoom, missingBytes } from './storage-room.ts';

/**
 * A file from storage where it is complete there, else downloaded into it. Only under the file's lock.
 * @param complete gives it where it is
 * @throws PinwordError 'storage-quota' and what downloadFile throws
 */
export async function bringFile(
  job: DownloadJob,
  platform: StoragePlatform,
  complete: () => Promise<Blob | null>,
): Promise<Blob> {
  const { folder, id, source, plan } = job;
  const there = await complete();
  if (there !== null) return there;
  await ensureRoom(folder, platform, source.name, await missingBytes(folder, id, plan.size));
  await downloadFile(job);
  const brought = await complete();
  if (brought === null) throw new Error(`${source.name} was stored but cannot be found.`);
  return brought;
}
