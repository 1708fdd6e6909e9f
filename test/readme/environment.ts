import { mkdirSync, symlinkSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

/**
 * A newcomer's environment: nothing of ours in it but the passphrase, an empty home, and this machine's way to the npm
 * registry. What was downloaded before is not downloaded again.
 */
export function readerEnvironment(home: string): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => {
    if (/^npm_/i.test(name)) return /^npm_config_(registry|(https?_|no)?proxy|cafile|globalconfig)$/i.test(name)
    return !/^(ASSAY_|VITEST|INIT_CWD$|DATABASE_URL$|NODE_ENV$|NODE_OPTIONS$|TEST$)/.test(name)
  })
  const cache = process.env.npm_config_cache ?? join(homedir(), '.npm')
  for (const folder of [join(home, '.npm'), join(cache, '_cacache')]) mkdirSync(folder, { recursive: true })
  symlinkSync(join(cache, '_cacache'), join(home, '.npm', '_cacache'))
  return {
    ...Object.fromEntries(inherited),
    HOME: home,
    npm_config_userconfig: process.env.npm_config_userconfig ?? join(homedir(), '.npmrc'),
    npm_config_cache: join(home, '.npm'),
    npm_config_prefer_offline: 'true',
    ASSAY_PASSPHRASE: 'what a reader types',
  }
}
