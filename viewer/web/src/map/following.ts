// Ties the tiles that are kept true (live/tiles.ts) to the map that shows them.
import { addProtocol, type Map as MapLibre } from 'maplibre-gl'
import { serverURL } from '../api/server'
import type { DirtyTiles } from '../live/stream'
import { FreshTiles, type TileKey } from '../live/tiles'
import type { TileSource } from './look'

const protocol = 'tiles'
/** A first change is shown at once, those that follow it together: a tile may change a hundred times a second. */
const pauseMs = 150

/** The template of a source's tiles: the map asks us for them, not the server. */
export const tilesURL = (layers: string): string => `${protocol}://${layers}/{z}/{x}/{y}`

export class Following {
  private readonly tiles = new FreshTiles()
  private readonly sources: readonly TileSource[]
  private map: MapLibre | null = null
  private pausing = false
  private readonly waiting = new Set<TileKey>()

  /** Must be made before the map, which asks for tiles at once. */
  constructor(sources: readonly TileSource[]) {
    this.sources = sources
    addProtocol(protocol, async ({ url }, { signal }) => {
      const key = url.slice(`${protocol}://`.length)
      try {
        return await this.tiles.load(key, serverURL(`tiles/${key}.mvt`), signal)
      } catch (cause) {
        // A DOMException does not go through to the map's worker.
        const failure = new Error(cause instanceof Error ? cause.message : String(cause))
        if (signal.aborted) failure.name = 'AbortError'
        throw failure
      }
    })
  }

  on(map: MapLibre): void {
    this.map = map
    map.on('sourcedata', (event) => {
      const { coord, tile, sourceId } = event
      const source = coord && this.sources.find(({ id }) => id === sourceId)
      if (!source) return
      const { z, x, y } = coord.canonical
      const key = `${source.layers.join(',')}/${z}/${x}/${y}`
      const { etag } = tile as { etag?: string }
      if (this.tiles.isStale(key, etag ?? '')) this.fetchAgain([key])
    })
    // Tiles kept out of view come back without a word.
    const lookAgain = () => this.fetchAgain(this.tiles.stale())
    map.on('moveend', lookAgain)
    map.on('idle', lookAgain)
  }

  opened(resumed: boolean): void {
    this.fetchAgain(this.tiles.opened(resumed))
  }

  standsAt(version: number, resumed: boolean): void {
    this.fetchAgain(this.tiles.standsAt(version, resumed))
  }

  changed(dirty: DirtyTiles): void {
    this.fetchAgain(this.tiles.changed(dirty, this.groups()))
  }

  changedAll(): void {
    this.fetchAgain(this.tiles.changedAll())
  }

  private fetchAgain(keys: readonly TileKey[]): void {
    if (keys.length === 0) return
    if (this.pausing) {
      for (const key of keys) this.waiting.add(key)
      return
    }
    this.pausing = true
    setTimeout(() => this.resume(), pauseMs)
    this.refresh(keys)
  }

  private resume(): void {
    this.pausing = false
    const keys = [...this.waiting].filter((key) => !this.tiles.isLoading(key)) // a fetch under way sees to it
    this.waiting.clear()
    this.fetchAgain(keys)
  }

  /** What the map shows stays until the new bytes are there; what is not in view waits. */
  private refresh(keys: readonly TileKey[]): void {
    if (!this.map) return
    for (const { id, layers, minzoom, maxzoom } of this.sources) {
      if (!this.map.getSource(id)) continue
      const prefix = `${layers.join(',')}/`
      const ids = keys
        .filter((key) => key.startsWith(prefix))
        .map((key) => {
          const [z = 0, x = 0, y = 0] = key.slice(prefix.length).split('/').map(Number)
          return { z, x, y }
        })
        .filter(({ z }) => z >= minzoom && z <= maxzoom)
      if (ids.length > 0) this.map.refreshTiles(id, ids)
    }
  }

  private groups(): string[][] {
    const groups = new Map(this.sources.map(({ layers }) => [layers.join(','), layers]))
    return [...groups.values()]
  }
}
