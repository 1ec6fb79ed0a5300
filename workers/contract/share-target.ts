/**
 * What another app shares with the installed one: pictures, in a POST to an address that no host answers, only the service
 * worker. It keeps them until a page takes them.
 */
export const shareTarget = {
  /** From the site's root. */
  path: 'share',
  /** Of the form, with the files. */
  field: 'pictures',
  /** Of the page's address, with the answer. */
  parameter: 'shared',
} as const;

/** Whether all of it was kept; nothing of it was a file; or not all of it found room. */
export type ShareAnswer = 'kept' | 'none' | 'full';

/** Header of a kept picture, with the encoded name of its file. */
export const sharedNameHeader = 'X-File-Name';

/** The cache of what was shared. @param root address of the site's root, with a slash */
export function sharedCacheName(root: string): string {
  return `pinword shared ${root}`;
}
