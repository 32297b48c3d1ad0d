// Keeps the tiles on the map true: fetches them, remembers as of when each is,
// and says which must be fetched again. The map library alone would lose three
// kinds of change: to a tile that is on its way, to one that it keeps out of
// view, and to one fetched before the stream of changes was open.
import type { DirtyTiles } from './stream'

/** A tile of one or several layers: "cells,zones/14/13407/6466". */
export type TileKey = string

export interface LoadedTile {
  data: ArrayBuffer
  etag: string
}

interface Known {
  /** When the bytes handed over last were asked for, by our own count; 0 before the first. */
  asOf: number
  /** When it last changed, by the same count. */
  changed: number
  /** The city's version that the server said it answered from. */
  version: number
  etag: string
  /** Fetches under way. */
  loading: number
}

/** Cases come and go while the city stays at its version. */
const unversioned = /^cases\//

/** Far more than the map keeps in and out of view together. */
const maxKnown = 4096
/** A tile that changes faster than it comes is shown as it is, and asked for again. */
const maxRounds = 2

export class FreshTiles {
  private readonly fetchTile: typeof fetch
  private readonly known = new Map<TileKey, Known>()
  private count = 0
  private version = 0

  constructor(fetchTile: typeof fetch = (...request) => fetch(...request)) {
    this.fetchTile = fetchTile
  }

  /** Fetches a tile; again, if it changes meanwhile. */
  async load(key: TileKey, url: string, stop: AbortSignal): Promise<LoadedTile> {
    const tile = this.of(key)
    tile.loading++
    try {
      let kept: RequestCache = tile.changed > 0 ? 'no-cache' : 'default'
      for (let round = 1; ; round++) {
        const asOf = ++this.count
        const answer = await this.fetchTile(url, { signal: stop, cache: kept })
        if (!answer.ok) throw new Error(`HTTP ${answer.status}`)
        const data = await answer.arrayBuffer()
        const version = Number(answer.headers.get('X-City-Version') ?? 0)
        // Answered before the stream stood, or kept by the browser where the server lets it.
        const old = tile.changed > asOf || version < this.version
        if (old && round < maxRounds) {
          kept = 'no-cache'
          continue
        }
        const etag = answer.headers.get('ETag') ?? ''
        if (asOf > tile.asOf) Object.assign(tile, { asOf, version, etag })
        return { data, etag }
      }
    } finally {
      tile.loading--
    }
  }

  /**
   * The stream stands. What changes without a new version of the city, and was
   * asked for before, may have changed unheard.
   */
  opened(resumed: boolean): TileKey[] {
    if (resumed) return []
    return this.touch([...this.known.keys()].filter((key) => unversioned.test(key)))
  }

  /** The city was at a version when the stream stood; what is older may have changed unheard. */
  standsAt(version: number, resumed: boolean): TileKey[] {
    this.version = version
    const older = [...this.known].filter(([, tile]) => tile.asOf > 0 && tile.loading === 0 && tile.version < version)
    return resumed ? [] : this.touch(older.map(([key]) => key))
  }

  /** Notes what changed; returns what to fetch again now. `groups` are the layers fetched together. */
  changed(dirty: DirtyTiles, groups: readonly (readonly string[])[]): TileKey[] {
    const keys = new Set<TileKey>()
    for (const group of groups) {
      for (const layer of group) for (const id of dirty[layer] ?? []) keys.add(`${group.join(',')}/${id}`)
    }
    return this.touch([...keys])
  }

  changedAll(): TileKey[] {
    return this.touch([...this.known.keys()])
  }

  /** What is known to have changed since it was fetched, or is shown in an older form (`etag`). */
  isStale(key: TileKey, etag: string): boolean {
    const tile = this.known.get(key)
    if (!tile || tile.loading > 0) return false
    return tile.changed > tile.asOf || (tile.asOf > 0 && tile.etag !== etag)
  }

  isLoading(key: TileKey): boolean {
    return (this.known.get(key)?.loading ?? 0) > 0
  }

  /** All that is known to have changed since it was fetched, in view or not. */
  stale(): TileKey[] {
    return [...this.known].filter(([, tile]) => tile.loading === 0 && tile.asOf > 0 && tile.changed > tile.asOf).map(([key]) => key)
  }

  private touch(keys: readonly TileKey[]): TileKey[] {
    const now = ++this.count
    const again: TileKey[] = []
    for (const key of keys) {
      const tile = this.known.get(key)
      if (!tile) continue // never fetched: it comes new
      tile.changed = now
      if (tile.loading === 0) again.push(key) // else the fetch under way sees to it
    }
    return again
  }

  private of(key: TileKey): Known {
    const tile = this.known.get(key) ?? { asOf: 0, changed: 0, version: 0, etag: '', loading: 0 }
    this.known.delete(key) // the one used last stands last
    this.known.set(key, tile)
    for (const [oldest, { loading }] of this.known) {
      if (this.known.size <= maxKnown) break
      if (loading === 0) this.known.delete(oldest)
    }
    return tile
  }
}
