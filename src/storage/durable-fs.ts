import { closeSync, fsyncSync, openSync } from 'node:fs'
import type { PGlite } from '@electric-sql/pglite'
import { NodeFS } from '@electric-sql/pglite/nodefs'

/** Writes a file's data and metadata to the disk itself; returns when it is there. */
export type Fsync = (fileDescriptor: number) => void

/** WASI's number for an input/output error, on which Postgres stops rather than trust its caches. */
const EIO = 29

/** What Emscripten's Node file layer keeps of an open file: a directory has no file descriptor of its own. */
type NodeStream = { nfd?: number; node: unknown }
type EmscriptenModule = {
  NODEFS: { stream_ops: { fsync?: (stream: NodeStream) => number }; realPath: (node: unknown) => string }
  FS: { ErrnoError: new (errno: number) => Error }
}

/**
 * PGlite's Node file system with the fsync that it lacks: Emscripten calls `stream_ops.fsync` if there is one, and
 * reports success if there is none. Without it an acknowledged commit can be lost with the power.
 */
export class DurableFs extends NodeFS {
  readonly #fsync: Fsync

  constructor(folder: string, fsync: Fsync = fsyncSync) {
    super(folder)
    this.#fsync = fsync
  }

  override async init(pg: PGlite, options: Parameters<NodeFS['init']>[1]): ReturnType<NodeFS['init']> {
    const { emscriptenOpts } = await super.init(pg, options)
    const addFsync = (module: unknown) => {
      const { NODEFS, FS } = module as EmscriptenModule
      NODEFS.stream_ops.fsync = (stream) => {
        try {
          if (stream.nfd === undefined) this.#fsyncFolder(NODEFS.realPath(stream.node))
          else this.#fsync(stream.nfd)
          return 0
        } catch {
          throw new FS.ErrnoError(EIO)
        }
      }
    }
    const preRun = [emscriptenOpts.preRun ?? []].flat()
    return { emscriptenOpts: { ...emscriptenOpts, preRun: [...preRun, addFsync] } }
  }

  #fsyncFolder(path: string): void {
    const descriptor = openSync(path, 'r')
    try {
      this.#fsync(descriptor)
    } finally {
      closeSync(descriptor)
    }
  }
}
