import { createServer } from 'node:http';
import { readFile } from 'node:fs/promises';
import { extname, join, normalize } from 'node:path';

import { test as base } from '@playwright/test';

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.wasm': 'application/wasm',
  '.json': 'application/json',
  '.webmanifest': 'application/manifest+json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
};

interface Host {
  readonly url: string;
  /** Addresses that were asked for, from the site's root. */
  readonly asked: string[];
  /** What stands before the service worker's script: another one is another version. */
  banner: string;
}

/** A plain static host: files, and no header that would isolate a page. */
export const test = base.extend<{ readonly host: Host }>({
  host: async ({}, use) => {
    const host: Host = { url: '', asked: [], banner: '' };
    const server = createServer((request, response) => {
      const { pathname } = new URL(request.url ?? '/', 'http://host');
      host.asked.push(pathname);
      const path = join('dist', normalize(pathname === '/' ? '/index.html' : pathname));
      readFile(path).then(
        (bytes) => {
          response.setHeader('Content-Type', types[extname(path)] ?? 'application/octet-stream');
          response.end(path.endsWith('service-worker.js') ? host.banner + bytes.toString() : bytes);
        },
        () => {
          response.statusCode = 404;
          response.end();
        },
      );
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    await use(Object.assign(host, { url: `http://127.0.0.1:${address.port}/` }));
    server.closeAllConnections();
    server.close();
  },
});
