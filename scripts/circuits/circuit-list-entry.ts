/**
 * The text that circuits.json would have if it listed only this circuit, so that the hash of an entry does not depend on
 * the others. It relies on the formatter, which puts each entry on lines of its own. Throws when there is no such entry.
 */
export function circuitListEntry(text: string, name: string): string {
  const lines = text.split('\n')
  const start = lines.indexOf(`  ${JSON.stringify(name)}: {`)
  const length = lines.slice(start).findIndex((line) => /^ {2}\},?$/.test(line))
  if (start === -1 || length === -1)
    throw new Error(`circuits/circuits.json has no entry "${name}" on lines of its own. Format it: npm run format`)
  return ['{', ...lines.slice(start, start + length), '  }', '}', ''].join('\n')
}
