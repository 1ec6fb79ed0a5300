/** Compresses the built site once, as files beside its own, and serves them in the preview. */
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';

import sirv from 'sirv';
import type { Plugin } from 'vite';

/** Weights are left alone: they shrink by 9 %, and a part of a file, which is what is asked for, cannot be sent compressed. */
const compressible = /\.(?:js|css|html|json|txt|md|svg|wasm)$/u;
/** Smaller files fit into one packet as they are. */
const leastSize = 1024;

const encodings: Readonly<Record<string, (bytes: Uint8Array) => Promise<Uint8Array>>> = {
  // 9 of 11: the last two take ten times as long for another 4 %.
  br: (bytes) =>
    promisify(brotliCompress)(bytes, {
      params: {
        [constants.BROTLI_PARAM_QUALITY]: 9,
        [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS,
        [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
      },
    }),
  gz: (bytes) => promisify(gzip)(bytes, { level: 9 }),
};

/** The runtime's wasm takes half a minute and changes once in months. */
const cache = join(import.meta.dirname, '../node_modules/.cache/precompressed');

async function compressed(bytes: Uint8Array, encoding: string): Promise<Uint8Array> {
  const kept = join(cache, `${createHash('sha256').update(bytes).digest('hex')}.${encoding}`);
  const known = await readFile(kept).catch(() => null);
  if (known !== null) return known;
  const small = (await encodings[encoding]?.(bytes)) ?? bytes;
  await keep(kept, small).catch(() => undefined);
  return small;
}

/** Whole or not at all: another build may read it meanwhile. */
async function keep(path: string, bytes: Uint8Array): Promise<void> {
  await mkdir(cache, { recursive: true });
  const unfinished = `${path}.${process.pid}`;
  await writeFile(unfinished, bytes);
  await rename(unfinished, path);
}

async function compressFolder(folder: string): Promise<void> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && compressible.test(entry.name));
  await Promise.all(
    files.map(async ({ parentPath, name }) => {
      const path = join(parentPath, name);
      const bytes = await readFile(path);
      if (bytes.length < leastSize) return;
      for (const encoding of Object.keys(encodings))
        await writeFile(`${path}.${encoding}`, await compressed(bytes, encoding));
    }),
  );
}

export function precompress(): Plugin {
  let outDir = '';
  return {
    name: 'precompress',
    configResolved(config) {
      outDir = resolve(config.root, config.build.outDir);
    },
    // After the files of public/, which no earlier hook sees.
    closeBundle: {
      order: 'post',
      sequential: true,
      async handler() {
        if (this.environment.config.command === 'build') await compressFolder(outDir);
      },
    },
    configurePreviewServer({ middlewares, config }) {
      const setHeaders = (response: { setHeader(name: string, value: string): void }): void => {
        for (const [name, value] of Object.entries(config.preview.headers)) response.setHeader(name, String(value));
      };
      middlewares.use(sirv(outDir, { brotli: true, gzip: true, dev: true, etag: true, extensions: [], setHeaders }));
    },
  };
}
