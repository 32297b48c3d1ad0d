import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { EventReader } from '../src/live/events'
import { readDirty, silenceMs, Stream, type StreamEvents } from '../src/live/stream'
import { touches } from '../src/live/touches'
import { seeded } from './seeded'

const text =
  ':\nid: ab-7\n\nevent: tiles\nid: ab-8\ndata: {"city_version":8,\ndata: "layers":{"cells":["14/1/2"]}}\n\n: a comment\n\n' +
  'data:plain\r\n\r\nevent: city\nid: ab-9\ndata: {"city_version":9}\n\nevent: dropped\n\n'
const whole = [
  { event: 'tiles', data: '{"city_version":8,\n"layers":{"cells":["14/1/2"]}}' },
  { event: 'message', data: 'plain' },
  { event: 'city', data: '{"city_version":9}' },
]

describe('the reader of events', () => {
  it('reads the same in whatever pieces they come', () => {
    const random = seeded(7)
    for (let round = 0; round < 200; round++) {
      const reader = new EventReader()
      const events = []
      for (let at = 0; at < text.length; ) {
        const end = at + 1 + Math.floor(random() * 30)
        events.push(...reader.push(text.slice(at, end)))
        at = end
      }
      expect(events).toEqual(whole)
      expect(reader.lastID).toBe('ab-9')
    }
  })

  it('moves the id on with a beat that is no event, and not with half of one', () => {
    const reader = new EventReader('ab-1')
    expect(reader.push(':\nid: ab-2\n')).toEqual([])
    expect(reader.lastID).toBe('ab-1')
    reader.push('\n')
    expect(reader.lastID).toBe('ab-2')
  })

})

describe('the list of dirty tiles', () => {
  it('is read, and refused when it is something else', () => {
    expect(readDirty('{"city_version":1,"layers":{"cells":["1/2/3"],"zones":[]}}')).toEqual({ cells: ['1/2/3'], zones: [] })
    for (const data of ['', 'null', '{}', '[]', '{"layers":null}', '{"layers":{"a":1}}', '{"layers":{"a":[1]}}']) {
      expect(readDirty(data), data).toBeNull()
    }
  })

  it('touches a place in its tile or just across the border, and no other', () => {
    // 16/53584/26004 holds 114.3499929, 34.7899918 to the west of its middle.
    const n = 2 ** 16
    const lat = (y: number) => (Math.atan(Math.sinh(Math.PI * (1 - (2 * y) / n))) * 180) / Math.PI
    const at = (x: number, y: number) => ({ lon: (x / n) * 360 - 180, lat: lat(y) })
    const dirty = { components: ['14/13396/6501', '16/53584/26004'] }
    expect(touches(dirty, at(53584.5, 26004.5))).toBe(true)
    expect(touches(dirty, at(53585.1, 26003.9))).toBe(true)
    expect(touches(dirty, at(53585.2, 26004.5))).toBe(false)
    expect(touches(dirty, at(53584.5, 26005.2))).toBe(false)
    expect(touches({ components: ['14/13396/6501'] }, at(53584.5, 26004.5))).toBe(false)
    expect(touches({ components: ['16/x', '', '16'] }, at(53584.5, 26004.5))).toBe(false)
  })
})

describe('the stream', () => {
  /** A server of lines that the test speaks on and cuts. */
  class Lines {
    readonly asked: { lastID: string | null }[] = []
    readonly open: { say(text: string): void; cut(): void; aborted(): boolean }[] = []
    refuse = 0

    fetch = (_: string, { headers, signal }: { headers: Record<string, string>; signal: AbortSignal }) => {
      this.asked.push({ lastID: headers['Last-Event-ID'] ?? null })
      if (this.refuse-- > 0) return Promise.resolve(new Response('', { status: 503 }))
      let speaker!: ReadableStreamDefaultController<Uint8Array>
      const body = new ReadableStream<Uint8Array>({ start: (made) => void (speaker = made) })
      signal.addEventListener('abort', () => speaker.error(new Error('aborted')))
      this.open.push({
        say: (words) => speaker.enqueue(new TextEncoder().encode(words)),
        cut: () => speaker.close(),
        aborted: () => signal.aborted,
      })
      return Promise.resolve(new Response(body))
    }
  }

  let lines: Lines
  let heard: unknown[]
  let stream: Stream
  const settle = () => vi.advanceTimersByTimeAsync(0)

  beforeEach(() => {
    vi.useFakeTimers()
    lines = new Lines()
    vi.stubGlobal('fetch', lines.fetch)
    heard = []
    const events: StreamEvents = {
      alive: () => {},
      opened: (resumed) => heard.push(['opened', resumed]),
      tiles: (dirty) => heard.push(['tiles', dirty]),
      city: (missed) => heard.push(['city', missed]),
      case: ({ event, seq, case: { id, version } }) => heard.push(['case', id, version, event, seq]),
      alarm: ({ case: { id, version }, new: made }) => heard.push(['alarm', id, version, made]),
    }
    stream = new Stream('http://city.test/v1/stream', events)
  })
  afterEach(() => {
    stream.stop()
    vi.useRealTimers()
    vi.unstubAllGlobals()
  })

  it('tells where the city is, then what changes', async () => {
    stream.start()
    await settle()
    lines.open[0]?.say(':\nid: e-5\n\n')
    await settle()
    lines.open[0]?.say('event: tiles\nid: e-6\ndata: {"layers":{"cells":["9/1/2"]}}\n\nevent: city\nid: e-7\ndata: {}\n\n')
    await settle()
    expect(heard).toEqual([['opened', false], ['tiles', { cells: ['9/1/2'] }], ['city', false]])
  })

  it('tells cases and alarms in their order', async () => {
    const one = (id: string, version: number) => `{"id":"${id}","version":${version},"position":[114.3,34.8],"state":"open"}`
    stream.start()
    await settle()
    lines.open[0]?.say(
      `event: case\nid: e-6\ndata: {"id":"A","event":"dispatch","seq":4,"case":${one('A', 4)},"city_version":17}\n\n` +
        `event: alarm\nid: e-7\ndata: {"alarm":{"id":"s1"},"case":${one('B', 1)},"new":true}\n\n` +
        'event: something-later\nid: e-8\ndata: {}\n\n',
    )
    await settle()
    expect(heard).toEqual([['opened', false], ['case', 'A', 4, 'dispatch', 4], ['alarm', 'B', 1, true]])
  })

  it.each(['?', '{}', 'null', '{"case":null}', '{"case":{"id":1}}', '{"case":{"id":"A","version":"2","position":[1,2]}}'])(
    'takes a case it cannot read for a change of everything: %s',
    async (data) => {
      stream.start()
      await settle()
      lines.open[0]?.say(`event: case\nid: e-6\ndata: ${data}\n\n`)
      await settle()
      expect(heard).toEqual([['opened', false], ['city', true]])
    },
  )

  it('tells whether cases were missed that nobody can tell any more', async () => {
    stream.start()
    await settle()
    lines.open[0]?.say('event: city\nid: e-6\ndata: {"city_version":3,"missed":true}\n\nevent: city\ndata: {"city_version":3}\n\n')
    await settle()
    expect(heard).toEqual([['opened', false], ['city', true], ['city', false]])
  })

  it('takes an event it cannot read for a change of everything', async () => {
    stream.start()
    await settle()
    lines.open[0]?.say('event: tiles\nid: e-6\ndata: ?\n\n')
    await settle()
    expect(heard).toEqual([['opened', false], ['city', true]])
  })

  it('resumes after the last id when the line breaks', async () => {
    stream.start()
    await settle()
    lines.open[0]?.say(':\nid: e-5\n\nevent: city\nid: e-6\ndata: {}\n\n')
    await settle()
    lines.open[0]?.cut()
    await vi.advanceTimersByTimeAsync(1000)
    lines.open[1]?.say(':\nid: e-6\n\n')
    await settle()
    expect(lines.asked).toEqual([{ lastID: null }, { lastID: 'e-6' }])
    // What comes in one piece is told as of its end.
    expect(heard).toEqual([['opened', false], ['city', false], ['opened', true]])
  })

  it('does not count an event as heard that broke off', async () => {
    stream.start()
    await settle()
    lines.open[0]?.say(':\nid: e-5\n\nevent: city\nid: e-6\ndata: {}\n')
    await settle()
    lines.open[0]?.cut()
    await vi.advanceTimersByTimeAsync(1000)
    expect(lines.asked[1]).toEqual({ lastID: 'e-5' })
  })

  it('hangs up on a line that went silent, and stays on one that beats', async () => {
    stream.start()
    await settle()
    for (let beat = 0; beat < 5; beat++) {
      lines.open[0]?.say(':\nid: e-5\n\n')
      await vi.advanceTimersByTimeAsync(silenceMs - 1)
    }
    expect(lines.open[0]?.aborted()).toBe(false)
    await vi.advanceTimersByTimeAsync(1)
    expect(lines.open[0]?.aborted()).toBe(true)
    await vi.advanceTimersByTimeAsync(1000)
    expect(lines.open.length).toBe(2)
  })

  it('waits longer and longer for a server that refuses, but never long', async () => {
    lines.refuse = Infinity
    stream.start()
    const gaps: number[] = []
    let last = 0
    for (let ms = 0; ms <= 60_000; ms += 500) {
      if (lines.asked.length > last) {
        last = lines.asked.length
        gaps.push(ms)
      }
      await vi.advanceTimersByTimeAsync(500)
    }
    expect(gaps).toEqual([0, 1000, 3000, 7000, 15_000, 30_000, 45_000, 60_000])
  })

  it('asks for nothing more once stopped, and resumes when started again', async () => {
    stream.start()
    await settle()
    lines.open[0]?.say(':\nid: e-5\n\n')
    await settle()
    stream.stop()
    await vi.advanceTimersByTimeAsync(120_000)
    expect(lines.asked.length).toBe(1)
    expect(lines.open[0]?.aborted()).toBe(true)
    stream.start()
    await settle()
    expect(lines.asked[1]).toEqual({ lastID: 'e-5' })
  })
})
