/** The gallery's own build: same parts, other entry; its output stays beside it and is not committed. */
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'
import { plugins } from '../vite.config'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

export default defineConfig({
  root: here('.'),
  base: '/',
  publicDir: here('../public'),
  plugins: plugins(),
  resolve: { alias: { '@': here('../src') } },
  build: { outDir: here('../node_modules/.gallery'), emptyOutDir: true, target: 'chrome109', assetsInlineLimit: 0 },
  server: { host: '127.0.0.1', port: 5199 },
})
