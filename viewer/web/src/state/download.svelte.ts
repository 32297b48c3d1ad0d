// A file on its way to the reader's disk: one at a time, told once it is there, and a
// reason in words where it is not.
import { asFailure, askFile, type Failure } from '../api/server'

/** So long a browser may take to begin keeping what it was given. */
const keptMs = 10_000

/** Has the browser keep a file under a name. */
export function saveFile(body: Blob, name: string): void {
  const url = URL.createObjectURL(body)
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), keptMs)
}

export class Download {
  /** What is under way, as its asker calls it. */
  busy: string | null = $state(null)
  failed: { what: string; why: Failure } | null = $state.raw(null)
  saved: { name: string; bytes: number } | null = $state.raw(null)

  private stop = new AbortController()

  /** Gets a file; `name` where it is to have another than the server's. */
  async get(what: string, path: string, name = ''): Promise<void> {
    this.cancel()
    const { signal } = this.stop
    this.busy = what
    try {
      const file = await askFile(path, signal)
      if (signal.aborted) return
      this.saved = { name: name || file.name || what, bytes: file.body.size }
      saveFile(file.body, this.saved.name)
    } catch (cause) {
      if (!signal.aborted) this.failed = { what, why: asFailure(cause) }
    } finally {
      if (!signal.aborted) this.busy = null
    }
  }

  /** Stops what is under way, and says no more of what was. */
  cancel(): void {
    this.stop.abort()
    this.stop = new AbortController()
    this.busy = this.failed = this.saved = null
  }
}
