import { dirname, join } from 'node:path'

/** A statement as the formatter leaves it: from the beginning of a line, the module in single quotes. */
const STATIC = /^(?:import|export)\s+(?!type\b)(?:[^'";]*?\bfrom\s+)?'([^']+)'/gm
const DYNAMIC = /\bimport\(\s*'([^']+)'/g

/**
 * What a TypeScript file loads when it runs: the modules of its static and dynamic imports, as written, or as paths from
 * the root if they are relative. Imports of types load nothing.
 */
export function importsOf(path: string, source: string): string[] {
  const specifiers = [...source.matchAll(STATIC), ...source.matchAll(DYNAMIC)].map((match) => match[1]!)
  return specifiers.map((specifier) => (specifier.startsWith('.') ? join(dirname(path), specifier) : specifier))
}
