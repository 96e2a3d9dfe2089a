/** How the pages are built: into the Python package, so that an office needs no Node. */
import { fileURLToPath } from 'node:url'
import vue from '@vitejs/plugin-vue'
import components from 'unplugin-vue-components/vite'
import { ElementPlusResolver } from 'unplugin-vue-components/resolvers'
import { defineConfig } from 'vitest/config'
import { compressed } from './tools/compress'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

export const plugins = () => [
  vue(),
  // Only Element Plus is resolved by name; our own components are imported where they are used.
  components({
    dirs: [],
    dts: here('./src/components.d.ts'),
    resolvers: [ElementPlusResolver({ importStyle: 'css' })],
  }),
]

export default defineConfig({
  base: '/',
  plugins: [...plugins(), compressed()],
  resolve: { alias: { '@': here('./src') } },
  build: {
    outDir: here('../src/liuhen/interfaces/web/static'),
    emptyOutDir: true,
    target: 'chrome109',
    // The CSP allows no data: address outside images, so nothing is inlined.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: true,
  },
  server: {
    host: '127.0.0.1',
    proxy: { '/api': 'http://127.0.0.1:8000', '/files': 'http://127.0.0.1:8000', '/media': 'http://127.0.0.1:8000' },
  },
  test: {
    environment: 'happy-dom',
    testTimeout: 60_000,
    include: ['tests/**/*.test.ts'],
    server: { deps: { inline: ['element-plus'] } },
  },
})
