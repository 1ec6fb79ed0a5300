/** Puts the service worker beside the built site, with the list of the site's files in it. */
import { createHash } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join, relative, resolve, sep } from 'node:path';

import { build, type Plugin } from 'vite';

import { shareTarget } from '../workers/contract/share-target.ts';
import type { SiteFile } from '../workers/offline/site-files.ts';

/** Its name must never change: browsers look for a new version under the old name. */
const fileName = 'service-worker.js';

/** Files for hosts, and those that are made of others. */
const passedOver = /^_headers$|\.(?:br|gz)$|^service-worker\.js$/u;

/** The manifest of a page with a service worker, for which alone the address of shared pictures is there. */
export function manifestWithShareTarget(manifest: string): string {
  const { path, field } = shareTarget;
  const target = {
    action: `./${path}`,
    method: 'POST',
    enctype: 'multipart/form-data',
    params: { files: [{ name: field, accept: ['image/*'] }] },
  };
  return JSON.stringify({ ...(JSON.parse(manifest) as object), share_target: target });
}

async function listFiles(folder: string): Promise<SiteFile[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => relative(folder, join(parentPath, name)).split(sep).join('/'))
    .filter((path) => !passedOver.test(path))
    .toSorted();
  return Promise.all(
    paths.map(async (path) => ({
      path,
      sha256: createHash('sha256')
        .update(await readFile(join(folder, path)))
        .digest('hex'),
    })),
  );
}

export function offline(): Plugin {
  let outDir = '';
  let root = '';
  return {
    name: 'offline',
    apply: 'build',
    configResolved(config) {
      root = config.root;
      outDir = resolve(config.root, config.build.outDir);
    },
    // After the files of public/, which no earlier hook sees.
    closeBundle: {
      order: 'post',
      sequential: true,
      async handler() {
        const manifest = await readFile(join(outDir, 'manifest.webmanifest'), 'utf8');
        await writeFile(join(outDir, 'app.webmanifest'), manifestWithShareTarget(manifest));
        await build({
          root,
          configFile: false,
          logLevel: 'error',
          define: { siteFiles: JSON.stringify(await listFiles(outDir)) },
          build: {
            outDir,
            emptyOutDir: false,
            copyPublicDir: false,
            target: 'es2022',
            // A script without imports: not every browser takes modules here.
            lib: {
              entry: 'workers/offline/service-worker.ts',
              formats: ['iife'],
              name: 'serviceWorker',
              fileName: () => fileName,
            },
          },
        });
      },
    },
  };
}
