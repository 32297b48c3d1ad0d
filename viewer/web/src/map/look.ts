import type { Catalogue, CatalogueLayer, LayerID } from '../api/answers'

/** What the map shows, and how: all that its style depends on besides the catalogue. */
export interface Look {
  dark: boolean
  shown: ReadonlySet<string>
  /** Every major the city has, in the order of its codes. */
  majors: readonly string[]
  /** Those shown; null: all, also components that name no major. */
  shownMajors: readonly string[] | null
}

/** The layers the viewer can draw, in the order of the legend, with the groups there. */
export const legendGroups = [
  { group: 'places', ids: ['zones', 'cells', 'communities', 'streets', 'districts'] },
  { group: 'things', ids: ['components', 'addresses'] },
  { group: 'base', ids: ['base_roads', 'base_buildings', 'base_green', 'base_water'] },
] as const satisfies readonly { group: string; ids: readonly LayerID[] }[]

const known: ReadonlySet<string> = new Set(legendGroups.flatMap(({ ids }) => [...ids]))
const offByDefault: ReadonlySet<string> = new Set(['streets', 'addresses'])

/** The catalogue's layers that hold something and that we can draw. */
export function drawable(catalogue: Catalogue): CatalogueLayer[] {
  return catalogue.layers.filter((layer) => layer.count > 0 && known.has(layer.id))
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

/** Whether the layer's tiles hold sums at low zooms. */
export function sumsSource(layer: CatalogueLayer): boolean {
  return layer.fields['count'] === 'Number' && layer.minzoom < sumsBelow
}

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
 * the heaviest and may be switched off.
 */
export function tileSources(layers: readonly CatalogueLayer[]): TileSource[] {
  const sources = new Map<string, TileSource>()
  for (const layer of layers) {
    const { id, maxzoom } = layer
    const minzoom = sumsSource(layer) ? sumsBelow : layer.minzoom
    const family = id.startsWith('base_') ? 'base' : id === 'components' || id === 'addresses' ? id : 'grid'
    const name = `${family}-${maxzoom}`
    const source = sources.get(name) ?? { id: name, layers: [], minzoom, maxzoom }
    source.layers.push(id)
    source.minzoom = Math.min(source.minzoom, minzoom)
    sources.set(name, source)
  }
  const sums = layers.filter(sumsSource).flatMap(({ id, minzoom }) =>
    sumSources
      .filter((zoom) => zoom >= minzoom)
      .map((zoom): TileSource => ({ id: `${id}-sums-${zoom}`, layers: [id], sums: true, minzoom: zoom, maxzoom: zoom })),
  )
  return [...sources.values(), ...sums]
}
