import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

import { isolationHeaders, siteHeaders } from './hosting/headers.ts';
import { hostFiles } from './hosting/host-files.ts';
import { oneRuntime } from './hosting/one-runtime.ts';
import { thirdPartyNotices } from './hosting/notices.ts';
import { offline } from './hosting/offline.ts';
import { precompress } from './hosting/precompress.ts';

export default defineConfig({
  base: './',
  plugins: [react(), hostFiles(), thirdPartyNotices(), offline(), precompress()],
  worker: { format: 'es', plugins: () => [oneRuntime()] },
  build: {
    target: 'es2024',
    chunkSizeWarningLimit: 1500,
    assetsInlineLimit: 0,
    // Named by unzipit for its workers in Node, which the site has none of.
    rolldownOptions: { external: ['node:worker_threads'] },
  },
  // The development server writes scripts and styles into the page, which the policy forbids.
  server: { headers: isolationHeaders },
  preview: { headers: siteHeaders, port: 4173 },
});
