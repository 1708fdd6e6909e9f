import { readFileSync } from 'node:fs'

/** This package's version; package.json lies two folders up from `src/server` and from `dist/server` alike. */
export const VERSION: string = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')).version
