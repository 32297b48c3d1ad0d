import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig } from 'vite'

// Where `npm run dev` finds the server's data; the built viewer is same-origin.
const server = process.env.WANMI_URL ?? 'http://127.0.0.1:8080'

export default defineConfig({
  base: './', // the server may sit below a path of a city's portal
  plugins: [svelte()],
  build: {
    outDir: '../dist',
    emptyOutDir: false, // scripts/clean.mjs keeps placeholder.html
    target: 'chrome109', // the last Chromium for Windows 7, still met in halls
    modulePreload: { polyfill: false }, // the polyfill is an inline script: the CSP forbids it
    assetsInlineLimit: 0, // no data: URLs for scripts or the worker
    chunkSizeWarningLimit: 1500, // the map alone is 1.1 MB; `npm run budget` is the judge
  },
  server: {
    proxy: Object.fromEntries(['/v1', '/heat', '/heat.json', '/tiles', '/basemaps', '/styles', '/fonts', '/sprites'].map((path) => [path, server])),
  },
  test: { include: ['test/**/*.test.ts'] },
})
