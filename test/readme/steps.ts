import { type FencedBlock, fencedBlocks } from '../docs/markdown.ts'

/** What a reader does with a block of the README. */
export type Step =
  /** "Save this … as `NAME`:" */
  | { kind: 'save'; name: string; text: string; line: number }
  /** "Leave it running:", and after it "It is ready once it says `TEXT`." */
  | { kind: 'start'; text: string; ready: string; line: number }
  | { kind: 'run'; text: string; line: number }

/** The README as a list of things to do, in its order. Sentences around the blocks say which; a reader sees the same ones. */
export function stepsOf(markdown: string): Step[] {
  const lines = markdown.split('\n')
  return fencedBlocks(markdown).map((block): Step => {
    const { info, text, line, before } = block
    const saved = /\bas `([\w.]+)`:$/.exec(before)?.[1]
    if (saved !== undefined) return { kind: 'save', name: saved, text, line }
    if (info !== 'sh') throw new Error(`README line ${line}: nobody is told what to do with this block`)
    if (!/\bLeave it running:$/.test(before)) return { kind: 'run', text, line }
    return { kind: 'start', text, ready: readySign(lines, block), line }
  })
}

function readySign(lines: string[], { line, text }: FencedBlock): string {
  const next = lines.slice(line + text.split('\n').length).find((candidate) => candidate.trim() !== '')
  const sign = /^It is ready once it says `([^`]+)`/.exec(next ?? '')?.[1]
  if (sign === undefined) throw new Error(`README line ${line}: it does not say how to tell that it is ready`)
  return sign
}
