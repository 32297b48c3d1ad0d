// Reads server-sent events as they come in, piece by piece. The browser's own
// EventSource hides what we need: comments (the heartbeat, without which a dead
// line looks like a quiet one) and ids that come without an event.

export interface ServerEvent {
  event: string
  data: string
}

export class EventReader {
  /** The last id heard: what to resume after. */
  lastID: string
  private left = ''
  private event = ''
  private data: string[] = []
  private id: string | null = null

  constructor(lastID = '') {
    this.lastID = lastID
  }

  /** Takes the next piece of text; returns the events it completes. */
  push(piece: string): ServerEvent[] {
    const lines = (this.left + piece).split('\n')
    this.left = lines.pop() ?? ''
    const done: ServerEvent[] = []
    for (const raw of lines) {
      const line = raw.endsWith('\r') ? raw.slice(0, -1) : raw
      if (line !== '') this.field(line)
      else this.end(done)
    }
    return done
  }

  private field(line: string): void {
    const colon = line.indexOf(':')
    if (colon === 0) return // a comment
    const name = colon < 0 ? line : line.slice(0, colon)
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '')
    if (name === 'event') this.event = value
    else if (name === 'data') this.data.push(value)
    else if (name === 'id' && !value.includes('\0')) this.id = value
  }

  /** An empty line ends an event; one without data only moves the id on. */
  private end(done: ServerEvent[]): void {
    if (this.id !== null) this.lastID = this.id
    if (this.data.length > 0) done.push({ event: this.event || 'message', data: this.data.join('\n') })
    this.event = ''
    this.data = []
    this.id = null
  }
}
