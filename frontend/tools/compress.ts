/**
 * A build step that lays a gzip copy beside every text file of the built pages.
 *
 * The server hands out `name.gz` to browsers that accept it, so that no request pays for compression.
 * Files below one kilobyte are left alone: the copy would hardly be smaller.
 */
import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { Plugin } from 'vite'

const TEXT = /\.(js|css|html|svg|json)$/
const SMALLEST = 1024

export function compressed(): Plugin {
  let folder = ''
  return {
    name: 'liuhen-compressed',
    apply: 'build',
    configResolved(config) {
      folder = resolve(config.root, config.build.outDir)
    },
    async closeBundle() {
      for (const name of await readdir(folder, { recursive: true })) {
        const path = join(folder, name)
        if (!TEXT.test(name) || (await stat(path)).size < SMALLEST) continue
        await writeFile(`${path}.gz`, gzipSync(await readFile(path), { level: 9 }))
      }
    },
  }
}
