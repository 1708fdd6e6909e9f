import type { Voice } from '../run-action.ts'
import { lineWidth, wrapWords } from '../wrap-words.ts'

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

export function createStory(
  { say, progress, colours }: Pick<Voice, 'say' | 'progress' | 'colours'>,
  width = lineWidth(),
): Story {
  const steps: StepReport[] = []
  const sayWrapped = (text: string, first = '') => {
    for (const line of wrapWords(text, width, first)) say(line)
  }
  return {
    steps,
    chapter: (title) => say(`\n${colours.bold(title)}`),
    async step(name, run) {
      const begin = performance.now()
      const { value, line, detail } = await progress(capital(name), run)
      const ms = Math.round(performance.now() - begin)
      steps.push({ name, ms, detail })
      sayWrapped(`${line} ${colours.dim(`${(ms / 1000).toFixed(1)} s`)}`, `  ${colours.green('✓')} `)
      return value
    },
    note: (text) => {
      for (const line of wrapWords(text, width, '    ')) say(colours.dim(line))
    },
  }
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)
