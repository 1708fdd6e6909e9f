import type { ErrorCode } from '../protocol/index.ts'

/** 0 yes; 1 refused, with the code; 2 used wrongly; 3 could not run. */
export const EXIT = { yes: 0, refused: 1, usage: 2, couldNotRun: 3 } as const

/** Codes that say nothing about what was asked: the world was not in order. */
const cannotRun: ReadonlySet<ErrorCode> = new Set([
  'unavailable',
  'rootPending',
  'internal',
  'folderInUse',
  'fileInUse',
  'storageFull',
  'configInvalid',
  'artifactCorrupt',
  'unsafeKey',
  'developmentKey',
  'rateLimited',
  'didUnresolvable',
])

export function exitCodeOf(code: ErrorCode): number {
  return cannotRun.has(code) ? EXIT.couldNotRun : EXIT.refused
}

/** The command line contradicts itself, or something was typed that can't be meant. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** A file or terminal that the command needs is not there. The message says what to do. */
export class CannotRun extends Error {
  override readonly name = 'CannotRun'
  readonly code: ErrorCode

  constructor(code: ErrorCode, message: string) {
    super(message)
    this.code = code
  }
}
