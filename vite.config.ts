import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** Threads of the wasm provider need a cross-origin isolated page; hosts that cannot send these headers run it single-threaded. */
const isolationHeaders = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'credentialless',
};

export default defineConfig({
  base: './',
  plugins: [react()],
  worker: { format: 'es' },
  build: { target: 'es2024', chunkSizeWarningLimit: 1500, assetsInlineLimit: 0 },
  server: { headers: isolationHeaders },
  preview: { headers: isolationHeaders, port: 4173 },
});
