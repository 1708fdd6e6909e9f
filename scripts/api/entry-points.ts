import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import * as z from 'zod'

const root = new URL('../../', import.meta.url)
const zManifest = z.object({ name: z.string(), exports: z.record(z.string(), z.unknown()) })
const zCode = z.object({ types: z.string().regex(/^\.\/dist\/.*\.d\.ts$/) })

export interface EntryPoint {
  /** What an application imports, such as `assay/holder`. */
  specifier: string
  /** The name of its page. */
  page: string
  /** The absolute path of the TypeScript file behind it. */
  source: string
}

/** The entry points of package.json that export code, in its order. */
export function entryPoints(): EntryPoint[] {
  const { name, exports } = zManifest.parse(JSON.parse(readFileSync(new URL('package.json', root), 'utf8')))
  return Object.entries(exports).flatMap(([path, target]) => {
    const code = zCode.safeParse(target)
    if (!code.success) return []
    const source = code.data.types.replace('./dist/', 'src/').replace(/\.d\.ts$/, '.ts')
    const page = `${path.slice(2).replaceAll('/', '-')}.md`
    return [{ specifier: `${name}${path.slice(1)}`, page, source: fileURLToPath(new URL(source, root)) }]
  })
}
