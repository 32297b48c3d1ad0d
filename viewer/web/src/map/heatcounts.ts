// Heat's other two forms: cases as circles with numbers, and areas in colours.
import type { ExpressionSpecification, GeoJSONSource, Map as MapLibre, PointLike } from 'maplibre-gl'
import { query } from '../api/server'
import type { AreaFacts, HeatAreas, HeatDescription } from '../api/heat'
import { colourAt, cssColour } from '../heat/palettes'
import { filterWords, type Question } from '../heat/question'
import type { HeatClass, Shading } from '../heat/shades'
import { aboveHeat } from './heat'
import { paletteOf, textOn } from './palette'
import { boldFont } from './text'

const clusterSource = 'heat-clusters'
const areaSource = 'heat-areas'

/** Areas in classes of as many areas each, by cases per km². */
export function areaClasses(areas: HeatAreas, look: Shading, dark: boolean): HeatClass[] {
  const values = areas.features.map(({ properties }) => properties.per_km2).sort((a, b) => a - b)
  const edges = Array.from({ length: look.classes }, (_, i) => values[Math.floor((i * values.length) / look.classes)] ?? 0)
  const froms = [...new Set(edges)]
  const turned = look.reverse ?? !dark
  return froms.map((from, index) => {
    const t = froms.length > 1 ? index / (froms.length - 1) : 0.5
    return { from, to: froms[index + 1] ?? values.at(-1) ?? from, colour: cssColour(colourAt(look.palette, turned ? 1 - t : t)) }
  })
}

export class HeatCounts {
  private readonly map: MapLibre
  private tiles = ''
  private shown: HeatAreas | null = null

  constructor(map: MapLibre) {
    this.map = map
  }

  clusters(question: Question, dark: boolean, description: HeatDescription | null): void {
    this.hideAreas()
    const words = query(filterWords(question))
    // The number of cases is no word of the server's: behind # it makes the tiles others.
    const tiles = `${new URL('.', document.baseURI).href}heat/clusters/{z}/{x}/{y}.mvt${words ? `?${words}` : ''}#${description?.legend.n ?? ''}`
    const colour = paletteOf(dark).caseSums
    if (tiles === this.tiles) {
      this.map.setPaintProperty(clusterSource, 'circle-color', colour)
      this.map.setPaintProperty(`${clusterSource}-number`, 'text-color', textOn(colour))
      return
    }
    this.hideClusters()
    this.tiles = tiles
    this.map.addSource(clusterSource, { type: 'vector', tiles: [tiles], maxzoom: 16 })
    const count: ExpressionSpecification = ['to-number', ['coalesce', ['get', 'count'], 0]]
    this.map.addLayer({
      id: clusterSource, type: 'circle', source: clusterSource, 'source-layer': 'clusters',
      layout: { 'circle-sort-key': count },
      paint: {
        'circle-color': colour,
        'circle-opacity': 0.86,
        'circle-radius': ['interpolate', ['linear'], ['log10', ['max', count, 1]], 0, 6, 1, 9, 2, 13, 3, 17, 4, 22],
        'circle-stroke-color': paletteOf(dark).symbolEdge,
        'circle-stroke-width': 1,
      },
    })
    this.map.addLayer({
      id: `${clusterSource}-number`, type: 'symbol', source: clusterSource, 'source-layer': 'clusters', filter: ['>', count, 1],
      layout: { 'text-field': ['to-string', count], 'text-font': boldFont, 'text-size': 11, 'text-padding': 0, 'text-allow-overlap': true, 'symbol-sort-key': ['-', 0, count] },
      paint: { 'text-color': textOn(colour) },
    })
  }

  areas(areas: HeatAreas, look: Shading, dark: boolean): void {
    this.hideClusters()
    if (!this.map.getSource(areaSource)) {
      const before = aboveHeat.find((layer) => this.map.getLayer(layer))
      this.map.addSource(areaSource, { type: 'geojson', data: areas })
      this.map.addLayer({ id: areaSource, type: 'fill', source: areaSource, paint: { 'fill-opacity': 0 } }, before)
      this.map.addLayer({ id: `${areaSource}-line`, type: 'line', source: areaSource, paint: { 'line-width': ['interpolate', ['linear'], ['zoom'], 11, areas.features.length > 1000 ? 0.15 : 1, 15, 1] } }, before)
    } else if (areas !== this.shown) this.map.getSource<GeoJSONSource>(areaSource)?.setData(areas)
    this.shown = areas
    const value: ExpressionSpecification = ['to-number', ['get', 'per_km2']]
    const [first, ...rest] = areaClasses(areas, look, dark)
    const colours = rest.length > 0 ? (['step', value, first?.colour, ...rest.flatMap(({ from, colour }) => [from, colour])] as unknown as ExpressionSpecification) : (first?.colour ?? '#888888')
    this.map.setPaintProperty(areaSource, 'fill-color', colours)
    this.map.setPaintProperty(areaSource, 'fill-opacity', ['case', ['>', ['to-number', ['get', 'n']], 0], look.opacity / 100, 0])
    this.map.setPaintProperty(`${areaSource}-line`, 'line-color', paletteOf(dark).symbolEdge)
  }

  hide(): void {
    this.hideClusters()
    this.hideAreas()
  }

  remove(): void {
    this.hide()
  }

  /** The area that is drawn at a pixel of the map. */
  areaAt(at: PointLike): AreaFacts | null {
    if (!this.map.getLayer(areaSource)) return null
    const code: unknown = this.map.queryRenderedFeatures(at, { layers: [areaSource] })[0]?.properties['code']
    return this.shown?.features.find(({ properties }) => properties.code === code)?.properties ?? null
  }

  private hideClusters(): void {
    this.tiles = ''
    this.drop([`${clusterSource}-number`, clusterSource], clusterSource)
  }

  private hideAreas(): void {
    this.shown = null
    this.drop([areaSource, `${areaSource}-line`], areaSource)
  }

  private drop(layers: string[], source: string): void {
    for (const layer of layers) if (this.map.getLayer(layer)) this.map.removeLayer(layer)
    if (this.map.getSource(source)) this.map.removeSource(source)
  }
}
