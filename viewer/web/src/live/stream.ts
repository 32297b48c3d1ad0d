// Follows what changes in the city: one connection to /v1/stream for as long as
// it is wanted, taken up again where it broke off. Every byte is a sign of life;
// the server beats every 15 s.
import { EventReader, versionOf, type ServerEvent } from './events'

/** Two beats missed and some seconds for the line: then it is dead. */
export const silenceMs = 40_000
const firstPauseMs = 1000
const maxPauseMs = 15_000

/** The tiles that changed, z/x/y, by layer. */
export type DirtyTiles = Readonly<Record<string, readonly string[]>>

export interface StreamEvents {
  /**
   * The line stands and the city is at this version. `resumed`: the server goes
   * on from what was last heard; otherwise nobody knows what was missed.
   */
  opened(version: number, resumed: boolean): void
  tiles(dirty: DirtyTiles): void
  /** Everything may have changed. */
  city(): void
  /** Something was heard. */
  alive(): void
}

export class Stream {
  private readonly url: string
  private readonly events: StreamEvents
  private lastID = ''
  private stopping: AbortController | null = null

  constructor(url: string, events: StreamEvents) {
    this.url = url
    this.events = events
  }

  start(): void {
    if (this.stopping) return
    this.stopping = new AbortController()
    void this.run(this.stopping.signal)
  }

  /** Hangs up; a later start resumes. */
  stop(): void {
    this.stopping?.abort()
    this.stopping = null
  }

  private async run(stop: AbortSignal): Promise<void> {
    let pauseMs = firstPauseMs
    while (!stop.aborted) {
      if (await this.listen(stop)) pauseMs = firstPauseMs
      if (stop.aborted) return
      await pause(pauseMs, stop)
      pauseMs = Math.min(2 * pauseMs, maxPauseMs)
    }
  }

  /** Listens until the line breaks; says whether anything was heard. */
  private async listen(stop: AbortSignal): Promise<boolean> {
    const line = new AbortController()
    const hangUp = () => line.abort()
    stop.addEventListener('abort', hangUp)
    let silence = setTimeout(hangUp, silenceMs)
    let heard = false
    try {
      const answer = await fetch(this.url, {
        signal: line.signal,
        cache: 'no-store',
        headers: { Accept: 'text/event-stream', ...(this.lastID && { 'Last-Event-ID': this.lastID }) },
      })
      if (!answer.ok || !answer.body) return false
      const pieces = answer.body.getReader()
      const text = new TextDecoder()
      const reader = new EventReader(this.lastID)
      const resumed = this.lastID !== ''
      let open = false
      for (;;) {
        const { done, value } = await pieces.read()
        if (done) return heard
        heard = true
        clearTimeout(silence)
        silence = setTimeout(hangUp, silenceMs)
        const events = reader.push(text.decode(value, { stream: true }))
        if (stop.aborted) return heard
        this.events.alive()
        const version = versionOf(reader.lastID)
        if (!open && version !== null) {
          open = true
          this.events.opened(version, resumed)
        }
        for (const event of events) this.tell(event)
        this.lastID = reader.lastID // only now: what was not told must come again
      }
    } catch {
      return heard // why it broke makes no difference
    } finally {
      clearTimeout(silence)
      stop.removeEventListener('abort', hangUp)
      line.abort()
    }
  }

  private tell({ event, data }: ServerEvent): void {
    if (event === 'city') this.events.city()
    if (event !== 'tiles') return
    const dirty = readDirty(data)
    // What cannot be read may be anything.
    if (dirty) this.events.tiles(dirty)
    else this.events.city()
  }
}

/** Reads {"city_version":18,"layers":{"components":["14/13407/6466"]}}; null if it is something else. */
export function readDirty(data: string): DirtyTiles | null {
  try {
    const { layers } = JSON.parse(data) as { layers?: unknown }
    if (typeof layers !== 'object' || layers === null) return null
    const lists = Object.values(layers)
    const named = lists.every((list) => Array.isArray(list) && list.every((id) => typeof id === 'string'))
    return named ? (layers as DirtyTiles) : null
  } catch {
    return null
  }
}

function pause(ms: number, stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(end, ms)
    function end() {
      clearTimeout(timer)
      stop.removeEventListener('abort', end)
      resolve()
    }
    stop.addEventListener('abort', end)
  })
}
