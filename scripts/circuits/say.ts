/** Prints a line of progress to standard error, so that standard output holds results only. */
export function say(line: string): void {
  process.stderr.write(`${line}\n`)
}

/** Says what is being done, does it, and says how long it took. */
export async function step<T>(what: string, work: () => Promise<T>): Promise<T> {
  process.stderr.write(`${what} … `)
  const start = performance.now()
  try {
    const result = await work()
    process.stderr.write(`${((performance.now() - start) / 1000).toFixed(1)} s\n`)
    return result
  } catch (error) {
    process.stderr.write('failed\n')
    throw error
  }
}
