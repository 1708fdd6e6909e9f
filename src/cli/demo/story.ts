import type { Voice } from '../run-action.ts'

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

export function createStory({ say, progress, colours }: Pick<Voice, 'say' | 'progress' | 'colours'>): Story {
  const steps: StepReport[] = []
  return {
    steps,
    chapter: (title) => say(`\n${colours.bold(title)}`),
    async step(name, run) {
      const begin = performance.now()
      const { value, line, detail } = await progress(capital(name), run)
      const ms = Math.round(performance.now() - begin)
      steps.push({ name, ms, detail })
      say(`  ${colours.green('✓')} ${line} ${colours.dim(`${(ms / 1000).toFixed(1)} s`)}`)
      return value
    },
    note: (text) => say(`    ${colours.dim(text)}`),
  }
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)
