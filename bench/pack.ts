/**
 * Makes one archive that measures a step on a bare x86-64 Linux machine with a GPU driver and nothing else: node, Dawn,
 * the runtime, the engine in one file, the shapes of Stable Diffusion 1.5's UNet, libatomic and the Vulkan loader.
 *
 * npm run bench:pack [-- --out folder]; there: tar xf pinword-bench.tar.xz && pinword-bench/run.sh
 */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

import { build } from 'vite';

import { referenceData } from '../workers/testing/reference/folder-files.ts';

const mostBytes = 45 * 2 ** 20;
const name = 'pinword-bench';
/** Beside what a driver brings along anyway. */
const libraries = ['libatomic.so.1', 'libvulkan.so.1', 'libstdc++.so.6', 'libgcc_s.so.1'];
/** They hold wasm or native code, and are copied as they are. */
const copied: Readonly<Record<string, readonly string[]>> = {
  webgpu: ['package.json', 'index.js', 'LICENSE.md', 'dist/linux-x64/dawn.node'],
  'onnxruntime-web': [
    'package.json',
    'dist/ort.webgpu.bundle.min.mjs',
    'dist/ort-wasm-simd-threaded.asyncify.mjs',
    'dist/ort-wasm-simd-threaded.asyncify.wasm',
  ],
};
const external = [...Object.keys(copied), 'onnxruntime-web/webgpu', 'onnxruntime-web/jspi'];

const runScript = `#!/bin/sh
# Everything that is needed lies in this folder; nothing is installed.
here=$(cd "\${0%/*}" && pwd)
OUTER_LD_LIBRARY_PATH="\${LD_LIBRARY_PATH:-}" LD_LIBRARY_PATH="$here/lib\${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}" exec "$here/bin/node" "$here/bench.mjs" "$@"
`;

const { values } = parseArgs({ options: { out: { type: 'string' } } });
const out = resolve(values.out ?? 'dist-bench');
const folder = join(out, name);
rmSync(folder, { recursive: true, force: true });
for (const part of ['bin', 'lib', 'node_modules']) mkdirSync(join(folder, part), { recursive: true });
await build({
  configFile: false,
  publicDir: false,
  logLevel: 'error',
  ssr: { noExternal: true, external },
  build: {
    ssr: 'bench/gpu-bench.ts',
    outDir: folder,
    emptyOutDir: false,
    target: 'node20',
    rolldownOptions: { external, output: { entryFileNames: 'bench.mjs', codeSplitting: false } },
  },
});
cpSync(join(referenceData, 'shapes/sd15-unet.json'), join(folder, 'sd15-unet.json'));
cpSync('bench/gpu/torch_step.py', join(folder, 'torch_step.py'));
for (const [library, files] of Object.entries(copied)) {
  for (const file of files) cpSync(join('node_modules', library, file), join(folder, 'node_modules', library, file));
}
const node = join(folder, 'bin/node');
cpSync(realpathSync(process.execPath), node);
execFileSync('strip', [node]);
for (const library of libraries) cpSync(pathOf(library), join(folder, 'lib', library), { dereference: true });
writeFileSync(join(folder, 'run.sh'), runScript, { mode: 0o755 });

const archive = join(out, `${name}.tar.xz`);
execFileSync('tar', ['-cJf', archive, '-C', out, name], { env: { ...process.env, XZ_OPT: '-1' } });
const { size } = statSync(archive);
console.log(`${archive}: ${(size / 2 ** 20).toFixed(1)} MiB`);
if (size > mostBytes) throw new Error(`${basename(archive)} has more than ${mostBytes / 2 ** 20} MiB.`);

/** Where the loader of this machine finds a library. */
function pathOf(library: string): string {
  const listed = execFileSync('/sbin/ldconfig', ['-p'], { encoding: 'utf8' });
  const path = listed
    .split('\n')
    .find((line) => line.trim().startsWith(`${library} `) && line.includes('x86-64'))
    ?.split('=> ')[1];
  if (path === undefined) throw new Error(`${library} is not on this machine: install it first.`);
  return realpathSync(path.trim());
}
