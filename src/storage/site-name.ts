/** A name that another Pinword on the same host, under another path, does not share: of databases, locks, channels. */
export function siteName(name: string): string {
  const { pathname } = new URL('./', document.baseURI);
  return pathname === '/' ? name : `${name}${pathname}`;
}
