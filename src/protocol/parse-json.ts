/** A string of a JSON text, and the colon that makes it the name of a member. */
const STRINGS = /"[^"\\]*(?:\\.[^"\\]*)*"(\s*:)?/g

/**
 * Parses a JSON text in which each object names a member once (I-JSON, RFC 7493, 2.3). Of two members of one name, one reader
 * takes the first and another the last, so what is signed would mean two things.
 * @throws SyntaxError
 */
export function parseJson(text: string): unknown {
  const value: unknown = JSON.parse(text)
  let named = 0
  for (const [, colon] of text.matchAll(STRINGS)) if (colon !== undefined) named += 1
  if (named !== countMembers(value)) throw new SyntaxError('An object names a member twice')
  return value
}

/** Members of all objects in a value. A loop: nesting has no limit here that a recursion could reach. */
function countMembers(value: unknown): number {
  let count = 0
  const pending = [value]
  while (pending.length > 0) {
    const next = pending.pop()
    if (typeof next !== 'object' || next === null) continue
    const children = Object.values(next)
    if (!Array.isArray(next)) count += children.length
    for (const child of children) pending.push(child)
  }
  return count
}
