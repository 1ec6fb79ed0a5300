import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { build, preview, type PreviewServer } from 'vite';

interface Site {
  /** With a slash at the end. */
  readonly url: string;
  readonly close: () => Promise<void>;
}

/**
 * Serves a folder as the built site is served; what is not there is a 404, never a page.
 * @param base the path under which it is served, with a slash at both ends
 */
export async function serve(folder: string, base = '/'): Promise<Site> {
  const server: PreviewServer = await preview({
    appType: 'mpa',
    base,
    logLevel: 'silent',
    build: { outDir: folder },
    preview: { port: 0, host: '127.0.0.1', cors: true },
  });
  const address = server.httpServer.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port.');
  return { url: `http://127.0.0.1:${address.port}${base}`, close: () => server.close() };
}

/** Builds the site into a folder of its own, which nobody else builds into, and serves it. The folder goes with the server. */
export async function buildAndServe(): Promise<Site> {
  const folder = await mkdtemp(join(tmpdir(), 'site-'));
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    await build({ logLevel: 'error', build: { outDir: folder, emptyOutDir: true } });
    const { url, close } = await serve(folder);
    return { url, close: () => close().then(remove) };
  } catch (error) {
    await remove();
    throw error;
  }
}
