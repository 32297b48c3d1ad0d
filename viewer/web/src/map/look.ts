import type { Catalogue, CatalogueLayer, LayerID } from '../api/answers'
import type { DutyLayer } from '../api/duty'
import type { Filter } from '../cases/list'

/** What the map shows, and how: all that its style depends on besides the catalogue. */
export interface Look {
  dark: boolean
  shown: ReadonlySet<string>
  /** Every major the city has, in the order of its codes. */
  majors: readonly string[]
  /** Those shown; null: all, also components that name no major. */
  shownMajors: readonly string[] | null
  /** The work is with cases or responsibility: components from afar step back. */
  quiet: boolean
  /** Which cases, and the time that their lamps are of. */
  cases: { filter: Filter; now: number }
  /** The layers shown of the responsibility map. */
  duty: ReadonlySet<DutyLayer>
  /** A photograph lies under the map: the colours of zones let it through. */
  overPicture?: boolean
}

/** The layers the viewer can draw, in the order of the legend, with the groups there. */
export const legendGroups = [
  { group: 'places', ids: ['zones', 'cells', 'communities', 'streets', 'districts'] },
  { group: 'things', ids: ['cases', 'components', 'addresses'] },
  { group: 'base', ids: ['base_roads', 'base_buildings', 'base_green', 'base_water'] },
] as const satisfies readonly { group: string; ids: readonly LayerID[] }[]

const known: ReadonlySet<string> = new Set(legendGroups.flatMap(({ ids }) => [...ids]))
const offByDefault: ReadonlySet<string> = new Set(['streets', 'addresses'])

/** The catalogue's layers that hold something and that we can draw. Cases come and go: none now is no reason. */
export function drawable(catalogue: Catalogue): CatalogueLayer[] {
  return catalogue.layers.filter((layer) => known.has(layer.id) && (layer.count > 0 || layer.id === 'cases'))
}

export function defaultLayers(layers: readonly CatalogueLayer[]): string[] {
  return layers.map(({ id }) => id).filter((id) => !offByDefault.has(id))
}

/** Whether a layer has tiles at this zoom: MapLibre overzooms above maxzoom, but shows nothing below minzoom. */
export function hasTilesAt(layer: CatalogueLayer, zoom: number): boolean {
  return zoom >= layer.minzoom
}

/** From this zoom on the server draws components singly; below it, sums for squares of ground. */
export const sumsBelow = 14
/** The zooms whose tiles of sums are drawn, each at other zooms of the map (map/sums.ts). */
export const sumSources = [8, 9, 10] as const

/** Cases are single from here on: there are far fewer of them. */
export const casesSingleFrom = 12
/** The zoom whose tiles of summed-up cases are drawn, at all zooms below that. */
export const caseSumsZoom = 8

/** Whether the layer's tiles hold sums at low zooms. */
export function sumsSource(layer: CatalogueLayer): boolean {
  return layer.fields['count'] === 'Number' && layer.minzoom < sumsBelow
}

const singleFrom = ({ id }: CatalogueLayer): number => (id === 'cases' ? casesSingleFrom : sumsBelow)
const sumZoomsOf = ({ id }: CatalogueLayer): readonly number[] => (id === 'cases' ? [caseSumsZoom] : sumSources)

const alone: ReadonlySet<string> = new Set(['cases', 'components', 'addresses'])

export interface TileSource {
  id: string
  /** Served together, in the order of their URL. */
  layers: string[]
  /** Sums, not features. */
  sums?: true
  minzoom: number
  maxzoom: number
}

/**
 * Groups the layers into sources: one request serves all layers of a group.
 * A group starts at the lowest of its layers' zooms: the server leaves a layer
 * out of a tile where it has not started yet. It ends where all of its layers
 * end, as there is no such mercy above. Components come alone: they are by far
 * the heaviest and may be switched off; cases too, as they change by the second.
 */
export function tileSources(layers: readonly CatalogueLayer[]): TileSource[] {
  const sources = new Map<string, TileSource>()
  for (const layer of layers) {
    const { id, maxzoom } = layer
    const minzoom = sumsSource(layer) ? singleFrom(layer) : layer.minzoom
    const family = id.startsWith('base_') ? 'base' : alone.has(id) ? id : 'grid'
    const name = `${family}-${maxzoom}`
    const source = sources.get(name) ?? { id: name, layers: [], minzoom, maxzoom }
    source.layers.push(id)
    source.minzoom = Math.min(source.minzoom, minzoom)
    sources.set(name, source)
  }
  const sums = layers.filter(sumsSource).flatMap((layer) =>
    sumZoomsOf(layer)
      .filter((zoom) => zoom >= layer.minzoom)
      .map((zoom): TileSource => ({ id: `${layer.id}-sums-${zoom}`, layers: [layer.id], sums: true, minzoom: zoom, maxzoom: zoom })),
  )
  return [...sources.values(), ...sums]
}
