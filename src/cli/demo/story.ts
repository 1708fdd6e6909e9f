import pc from 'picocolors'

/** One step as `--json` reports it: whole milliseconds, and facts. */
export interface StepReport {
  name: string
  ms: number
  detail: Record<string, unknown>
}

/** Tells the demo as it happens: chapters, lines, times. With `--json` it keeps silent and collects. */
export interface Story {
  steps: StepReport[]
  chapter(title: string): void
  /** Runs a step; what it returns as `detail` is reported, `line` is what a reader is told. */
  step<T>(name: string, run: () => Promise<{ value: T; line: string; detail: Record<string, unknown> }>): Promise<T>
  /** Who can see what: a line below a step. */
  note(text: string): void
}

/** @param write where lines go; undefined keeps silent */
export function createStory(write: ((line: string) => void) | undefined): Story {
  const steps: StepReport[] = []
  const say = (line: string) => write?.(line)
  return {
    steps,
    chapter: (title) => say(`\n${pc.bold(title)}`),
    async step(name, run) {
      const begin = performance.now()
      const { value, line, detail } = await run()
      const ms = Math.round(performance.now() - begin)
      steps.push({ name, ms, detail })
      say(`  ${pc.green('✓')} ${line} ${pc.dim(`${(ms / 1000).toFixed(1)} s`)}`)
      return value
    },
    note: (text) => say(`    ${pc.dim(text)}`),
  }
}
