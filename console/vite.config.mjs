import { defineConfig } from 'vite';

export default defineConfig({
  root: import.meta.dirname,
  logLevel: 'warn',
  build: {
    target: 'es2022',
    outDir: 'dist',
    emptyOutDir: true,
    // The content security policy allows files of our own, and nothing inline.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
});
