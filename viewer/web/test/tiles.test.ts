import { describe, expect, it } from 'vitest'
import { FreshTiles } from '../src/live/tiles'
import { seeded } from './seeded'

/** A server whose answers wait until the test lets them go. */
class Server {
  version = 1
  readonly asked: { url: string; cache: string; answer: () => Promise<void>; fail: () => Promise<void> }[] = []

  fetch = ((url: string, { cache, signal }: { cache: string; signal: AbortSignal }) => {
    const made = this.version // read when asked, as a server does
    return new Promise<Response>((resolve, reject) => {
      signal.addEventListener('abort', () => reject(new Error('aborted')))
      const settled = async (end: () => void) => {
        end()
        for (let turn = 0; turn < 8; turn++) await Promise.resolve()
        await new Promise((next) => setTimeout(next))
      }
      this.asked.push({
        url,
        cache,
        answer: () => settled(() => resolve(new Response(String(made), { headers: { ETag: `"${made}"`, 'X-City-Version': String(made) } }))),
        fail: () => settled(() => resolve(new Response('', { status: 503 }))),
      })
    })
  }) as unknown as typeof fetch
}

const never = () => new AbortController().signal
const read = ({ data }: { data: ArrayBuffer }) => new TextDecoder().decode(data)
const groups = [['cells', 'zones'], ['components']]

describe('tiles kept true', () => {
  it('are fetched again when one of their layers changes, and no others', async () => {
    const server = new Server()
    const tiles = new FreshTiles(server.fetch)
    for (const key of ['cells,zones/9/1/2', 'cells,zones/9/1/3', 'components/9/1/2']) {
      const loading = tiles.load(key, key, never())
      await server.asked.at(-1)?.answer()
      expect(read(await loading)).toBe('1')
    }
    expect(tiles.changed({ zones: ['9/1/2', '9/7/7'], streets: ['9/1/3'] }, groups)).toEqual(['cells,zones/9/1/2'])
    expect(tiles.stale()).toEqual(['cells,zones/9/1/2'])
    expect(tiles.isStale('cells,zones/9/1/2', '"1"')).toBe(true)
    expect(tiles.isStale('components/9/1/2', '"1"')).toBe(false)
    server.version = 2
    const again = tiles.load('cells,zones/9/1/2', 'u', never())
    expect(server.asked.at(-1)?.cache).toBe('no-cache') // no copy of the browser's
    await server.asked.at(-1)?.answer()
    expect(read(await again)).toBe('2')
    expect(tiles.stale()).toEqual([])
  })

  it('that change while they are on their way are handed over as changed', async () => {
    const server = new Server()
    const tiles = new FreshTiles(server.fetch)
    const loading = tiles.load('components/9/1/2', 'u', never())
    server.version = 2
    expect(tiles.changed({ components: ['9/1/2'] }, groups)).toEqual([]) // the fetch sees to it
    await server.asked[0]?.answer()
    expect(server.asked.length).toBe(2)
    await server.asked[1]?.answer()
    expect(read(await loading)).toBe('2')
    expect(tiles.stale()).toEqual([])
  })

  it('that change faster than they come are handed over, and stay marked', async () => {
    const server = new Server()
    const tiles = new FreshTiles(server.fetch)
    const loading = tiles.load('components/9/1/2', 'u', never())
    for (let round = 0; round < 2; round++) {
      tiles.changed({ components: ['9/1/2'] }, groups)
      await server.asked.at(-1)?.answer()
    }
    expect(server.asked.length).toBe(2)
    await loading
    expect(tiles.stale()).toEqual(['components/9/1/2'])
    expect(tiles.isStale('components/9/1/2', '"1"')).toBe(true)
  })

  it('of cases that were asked for before the stream stood are asked for again: no version tells', async () => {
    const server = new Server()
    const tiles = new FreshTiles(server.fetch)
    for (const key of ['cases/12/1/1', 'components/14/1/1']) {
      const early = tiles.load(key, key, never())
      await server.asked.at(-1)?.answer()
      await early
    }
    const late = tiles.load('cases/12/1/2', 'late', never())
    expect(tiles.opened(false)).toEqual(['cases/12/1/1']) // the fetch under way sees to the other
    await server.asked.at(-1)?.answer()
    expect(server.asked.map(({ url }) => url)).toEqual(['cases/12/1/1', 'components/14/1/1', 'late', 'late'])
    await server.asked.at(-1)?.answer()
    await late
    expect(tiles.opened(true)).toEqual([])
  })

  it('fetched before the stream stood are asked for again if the city went on', async () => {
    const server = new Server()
    const tiles = new FreshTiles(server.fetch)
    const early = tiles.load('components/9/1/1', 'u', never())
    await server.asked[0]?.answer()
    await early
    const late = tiles.load('components/9/1/2', 'u', never()) // answered from version 1, arrives later
    server.version = 2
    expect(tiles.standsAt(2, false)).toEqual(['components/9/1/1'])
    await server.asked[1]?.answer()
    expect(server.asked.length).toBe(3)
    await server.asked[2]?.answer()
    expect(read(await late)).toBe('2')
    expect(tiles.standsAt(2, false)).toEqual(['components/9/1/1'])
    expect(tiles.standsAt(3, true)).toEqual([]) // the server tells what was missed
  })

  it('are as they were when the line stands at the version they are of', async () => {
    const server = new Server()
    const tiles = new FreshTiles(server.fetch)
    const loading = tiles.load('components/9/1/1', 'u', never())
    await server.asked[0]?.answer()
    await loading
    expect(tiles.standsAt(1, false)).toEqual([])
    expect(server.asked[0]?.cache).toBe('default')
  })

  it('are shown anew when the map took an older answer for the newer', async () => {
    const server = new Server()
    const tiles = new FreshTiles(server.fetch)
    const first = tiles.load('components/9/1/1', 'u', never())
    await server.asked[0]?.answer()
    await first
    tiles.changed({ components: ['9/1/1'] }, groups)
    server.version = 2
    const second = tiles.load('components/9/1/1', 'u', never())
    await server.asked[1]?.answer()
    await second
    expect(tiles.isStale('components/9/1/1', '"2"')).toBe(false)
    expect(tiles.isStale('components/9/1/1', '"1"')).toBe(true)
  })

  it('fail by their status, and are stale no more than before', async () => {
    const server = new Server()
    const tiles = new FreshTiles(server.fetch)
    const loading = tiles.load('components/9/1/1', 'u', never())
    const failed = expect(loading).rejects.toThrow('HTTP 503')
    await server.asked[0]?.fail()
    await failed
    expect(tiles.stale()).toEqual([])
    expect(tiles.changedAll()).toEqual(['components/9/1/1'])
  })

  it('end as the server has them, whatever order things happen in', async () => {
    for (let seed = 1; seed <= 200; seed++) {
      const random = seeded(seed)
      const server = new Server()
      const tiles = new FreshTiles(server.fetch)
      const key = 'components/9/1/1'
      let shown = { text: '', etag: '' }
      const waiting: Promise<void>[] = []
      const open: Server['asked'] = []
      const load = () => {
        const from = server.asked.length
        waiting.push(tiles.load(key, 'u', never()).then((tile) => void (shown = { text: read(tile), etag: tile.etag })))
        open.push(...server.asked.slice(from))
      }
      const answerOne = async () => {
        const from = server.asked.length
        const [one] = open.splice(Math.floor(random() * open.length), 1)
        await one?.answer()
        open.push(...server.asked.slice(from))
      }
      const lookAgain = () => {
        if (tiles.isStale(key, shown.etag)) load()
      }
      load()
      for (let step = 0; step < 12; step++) {
        const dice = random()
        if (dice < 0.4) {
          server.version++
          if (tiles.changed({ components: ['9/1/1'] }, groups).length > 0) load()
        } else if (dice < 0.9) await answerOne()
        else lookAgain()
      }
      for (let turn = 0; turn < 12; turn++) {
        while (open.length > 0) await answerOne()
        lookAgain()
      }
      await Promise.all(waiting)
      expect(shown.text, `seed ${seed}`).toBe(String(server.version))
    }
  })
})
