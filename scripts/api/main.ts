/** Writes docs/api anew: one page for each entry point in package.json. Run `npm run docs:api` after changing an export. */
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { printPages } from './print-pages.ts'

const folder = new URL('../../docs/api/', import.meta.url)
await rm(folder, { recursive: true, force: true })
await mkdir(folder, { recursive: true })
for (const [name, text] of Object.entries(printPages())) await writeFile(new URL(name, folder), text)
