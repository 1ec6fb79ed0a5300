/**
 * iPhones and iPads, whatever the browser is called: all run WebKit, which closes a page that takes too much memory
 * and gives back only a part of what a worker has used.
 */
export function isAppleMobile({ userAgent, maxTouchPoints }: Pick<Navigator, 'userAgent' | 'maxTouchPoints'>): boolean {
  // An iPad calls itself a Macintosh; no Macintosh has a touch screen.
  return /\b(?:iPhone|iPad|iPod)\b/u.test(userAgent) || (/\bMacintosh\b/u.test(userAgent) && maxTouchPoints > 1);
}

/** Whether this page runs on one. */
export function isOnAppleMobile(): boolean {
  return 'navigator' in globalThis && isAppleMobile(navigator);
}

/** Bytes that a page can take there. Pages are closed near 1.5 GB, and the page itself needs some. */
export const appleMobileMemory = 1.2e9;
