// Follows what changes in the city: one connection to /v1/stream for as long as
// it is wanted, taken up again where it broke off. Every byte is a sign of life;
// the server beats every 15 s.
import type { CaseNews } from '../api/cases'
import { EventReader, type ServerEvent } from './events'

/** Two beats missed and some seconds for the line: then it is dead. */
export const silenceMs = 40_000
const firstPauseMs = 1000
const maxPauseMs = 15_000

/** The tiles that changed, z/x/y, by layer. */
export type DirtyTiles = Readonly<Record<string, readonly string[]>>

/** The case of an alarm; `new`: the alarm made it. */
export type AlarmNews = Pick<CaseNews, 'case'> & { new: boolean }

export interface StreamEvents {
  /** The line stands. `resumed`: the server goes on from what was last heard; otherwise nobody knows what was missed. */
  opened(resumed: boolean): void
  tiles(dirty: DirtyTiles): void
  /** Everything that is drawn may have changed; `missed`: cases too, and the server cannot tell which. */
  city(missed: boolean): void
  /** A step of a case's way. */
  case(news: CaseNews): void
  /** A sensor's alarm, and the case that it is about. */
  alarm(news: AlarmNews): void
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
        if (!open && reader.lastID !== '') {
          open = true
          this.events.opened(resumed)
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
    // What cannot be read may be anything.
    const told = <T>(read: T | null, tell: (news: T) => void) => (read ? tell(read) : this.events.city(true))
    if (event === 'city') this.events.city(readMissed(data))
    else if (event === 'tiles') told(readDirty(data), (dirty) => this.events.tiles(dirty))
    else if (event === 'case') told(readCase<CaseNews>(data), (news) => this.events.case(news))
    else if (event === 'alarm') told(readCase<AlarmNews>(data), (news) => this.events.alarm(news))
  }
}

/** Reads {"city_version":19,"missed":true}; what says nothing of it, as of a server before, missed nothing. */
function readMissed(data: string): boolean {
  try {
    return (JSON.parse(data) as { missed?: unknown } | null)?.missed === true
  } catch {
    return true
  }
}

/** Reads {"event":"dispatch","seq":4,"case":{…}}; null if there is no case in it. */
export function readCase<T extends Pick<CaseNews, 'case'>>(data: string): T | null {
  try {
    const { case: one } = JSON.parse(data) as { case?: Partial<CaseNews['case']> }
    const known = typeof one?.id === 'string' && typeof one.version === 'number' && Array.isArray(one.position)
    return known ? (JSON.parse(data) as T) : null
  } catch {
    return null
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
