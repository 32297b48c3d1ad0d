// Which basemap lies under the city's map, and what letters are drawn with.
import type { StyleSpecification } from 'maplibre-gl'
import { serverURL } from '../api/server'
import { underOf, type Under } from '../map/basemap'

export interface Basemap {
  id: string
  name: string
  /** mvt, or the type of its pictures. */
  type: string
  /** How it is kept; city: the background of the city's own file, which the map has without it. */
  format: string
  /** Why no map can have it. */
  undrawable?: string
  /** Layers of the city that are not drawn over it, as it draws the same. */
  replaces?: readonly string[]
}

/** No basemap and none of the city's own base layers. */
export const blank = '-'

export class BasemapChoice {
  all: readonly Basemap[] = $state.raw([])
  /** The map's approval number, 审图号. */
  approval: string = $state('')
  /** The id of a basemap; '' for the city's own base layers, or `blank`. */
  chosen: string = $state('')
  /** Where ranges of letters are; null: the browser's own fonts. */
  glyphs: string | null = null
  /** Settled once the lists are here, or are known not to come: the map waits for it. */
  readonly loaded: Promise<void>

  constructor() {
    this.loaded = this.load()
  }

  get isPicture(): boolean {
    const one = this.find()
    return one !== undefined && one.type !== 'mvt'
  }

  /** The layers that are drawn of those shown: what the basemap has is not drawn twice. */
  over(shown: ReadonlySet<string>): ReadonlySet<string> {
    if (this.chosen === blank) return new Set([...shown].filter((id) => !id.startsWith('base_')))
    const replaces = this.find()?.replaces
    return replaces ? new Set([...shown].filter((id) => !replaces.includes(id))) : shown
  }

  /** The basemap as the server draws it; null: none. */
  async style(dark: boolean, stop: AbortSignal): Promise<Under | null> {
    const one = this.find()
    if (!one) return null
    const kind = one.type !== 'mvt' ? 'imagery' : dark ? 'dark' : 'light'
    const doc = await read<StyleSpecification>(`styles/${kind}.json?basemap=${encodeURIComponent(one.id)}`, stop)
    return underOf(doc)
  }

  private find(): Basemap | undefined {
    return this.all.find(({ id }) => id === this.chosen)
  }

  /** A server without basemaps or fonts is no failure. */
  private async load(): Promise<void> {
    const late = AbortSignal.timeout(deadlineMs)
    const [maps, fonts] = await Promise.allSettled([
      read<{ basemaps: Basemap[]; map_approval?: string }>('basemaps.json', late),
      read<{ glyphs?: string }>('fonts.json', late),
    ])
    if (maps.status === 'fulfilled') {
      this.all = offered(maps.value.basemaps)
      this.approval = maps.value.map_approval ?? ''
    }
    if (fonts.status === 'fulfilled') this.glyphs = fonts.value.glyphs ?? null
  }
}

/** Those that a map can have under it, without the background that it has anyway. */
export const offered = (all: readonly Basemap[]): readonly Basemap[] =>
  all.filter(({ format, undrawable }) => format !== 'city' && !undrawable)

/** The map waits for the lists: not long. */
const deadlineMs = 5000

async function read<T>(path: string, stop: AbortSignal): Promise<T> {
  const answer = await fetch(serverURL(path), { signal: stop })
  if (!answer.ok) throw new Error(`HTTP ${answer.status}`)
  return (await answer.json()) as T
}
