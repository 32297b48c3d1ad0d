// The map layer of a statistic: areas, lines and places over the tiles. Its layers
// come when a statistic is first shown and go with its panel; the map's style
// knows nothing of them.
import type { FeatureCollection } from 'geojson'
import type { ExpressionSpecification, FilterSpecification, GeoJSONSource, LayerSpecification, Map as MapLibre } from 'maplibre-gl'
import { featuresOf, steps, type Drawn, type DrawnClass } from '../stats/layer'
import { isArea, isLine, isPoint } from './base'
import { paletteOf, type Palette } from './palette'
import { symbolName } from './shapes'
import { regularFont } from './text'
import { colourOf, downDash, patternPath, signShape, statColours } from './statscolours'

const source = 'stats'
const signSource = 'stats-signs'
const pickedSource = 'stats-picked'
/** How far from a click a place or a line may be drawn and still be meant, in CSS pixels. */
const reachPx = 6
/** What areas stand below: the first of these that the map has. */
const aboveUs = ['base_roads-name', 'mark-cell-area'] as const
const nothing: FeatureCollection = { type: 'FeatureCollection', features: [] }

const is = (...classes: DrawnClass[]): ExpressionSpecification => ['in', ['get', 'class'], ['literal', classes]]
const all = (...filters: FilterSpecification[]): FilterSpecification => ['all', ...filters] as FilterSpecification

/** The layers, the lowest first. Those of areas stand below the map's names. */
export function statLayers(dark: boolean, palette: Palette): { below: LayerSpecification[]; above: LayerSpecification[] } {
  const colours = statColours(dark)
  const drawn: DrawnClass[] = ['up', 'down', ...steps]
  const colour: ExpressionSpecification = ['match', ['get', 'class'], ...drawn.flatMap((one) => [one, colourOf(one, colours)]), colours.line] as unknown as ExpressionSpecification
  const size: ExpressionSpecification = ['get', 'size']
  const label = {
    'text-field': ['get', 'label'] as ExpressionSpecification, 'text-size': 12, 'text-font': regularFont,
  }
  return {
    below: [
      // The city's own colours step back: they would be taken for the statistic's.
      { id: 'stats-veil', type: 'background', layout: { visibility: 'none' }, paint: { 'background-color': palette.land, 'background-opacity': 0.62 } },
      {
        id: 'stats-area', type: 'fill', source, filter: isArea,
        paint: {
          'fill-color': colour,
          'fill-opacity': ['match', ['get', 'class'], ['up', 'down'], 0.4, ['none', 'outline'], 0, 0.72],
        },
      },
      ...(['up', 'down'] as const).map((one): LayerSpecification => ({
        id: `stats-pattern-${one}`, type: 'fill', source, filter: all(isArea, is(one)),
        paint: { 'fill-pattern': patternName(one, dark), 'fill-opacity': 0.75 },
      })),
      {
        id: 'stats-edge', type: 'line', source, filter: all(isArea, ['!', is('down')]),
        layout: { 'line-join': 'round' },
        paint: {
          'line-color': ['match', ['get', 'class'], 'up', colours.up, 'outline', palette.selection, palette.cellLine],
          'line-width': ['match', ['get', 'class'], 'up', 1.4, 'outline', 3, 0.5],
          'line-opacity': ['match', ['get', 'class'], 'none', 0.3, 0.9],
        },
      },
      {
        id: 'stats-edge-down', type: 'line', source, filter: all(isArea, is('down')),
        paint: { 'line-color': colours.down, 'line-width': 1.1, 'line-dasharray': [...downDash], 'line-opacity': 0.9 },
      },
    ],
    above: [
      {
        id: 'stats-line-halo', type: 'line', source, filter: isLine,
        layout: { 'line-join': 'round', 'line-cap': 'round' },
        paint: { 'line-color': palette.selectionHalo, 'line-width': ['+', 4, ['*', 5, size]], 'line-opacity': 0.75 },
      },
      {
        id: 'stats-line', type: 'line', source, filter: isLine,
        layout: { 'line-join': 'round', 'line-cap': 'round' },
        paint: { 'line-color': colours.line, 'line-width': ['+', 1.5, ['*', 5, size]] },
      },
      {
        id: 'stats-place', type: 'circle', source, filter: isPoint,
        layout: { 'circle-sort-key': size },
        paint: {
          'circle-radius': ['interpolate', ['linear'], ['zoom'], 10, ['+', 2.5, ['*', 5, size]], 16, ['+', 7, ['*', 9, size]]],
          'circle-color': colours.line, 'circle-stroke-color': palette.selectionHalo, 'circle-stroke-width': 1.2,
        },
      },
      {
        id: 'stats-place-label', type: 'symbol', source, minzoom: 14, filter: isPoint,
        layout: { ...label, 'text-size': 11, 'symbol-sort-key': ['-', 0, size] },
        paint: { 'text-color': palette.selectionHalo },
      },
      {
        id: 'stats-sign', type: 'symbol', source: signSource, filter: is('up', 'down'),
        layout: {
          'icon-image': ['match', ['get', 'class'], 'up', symbolName(signShape.up, colours.up), symbolName(signShape.down, colours.down)],
          'icon-size': ['interpolate', ['linear'], ['zoom'], 11, 0.36, 15, 0.65],
          'icon-padding': 1,
          'symbol-sort-key': ['-', 0, size],
        },
      },
      {
        id: 'stats-label', type: 'symbol', source: signSource, filter: ['any', ['!', is('up', 'down')], ['>=', ['zoom'], 14.5]] as FilterSpecification,
        layout: {
          ...label,
          'text-offset': ['match', ['get', 'class'], ['up', 'down'], ['literal', [0, 1.2]], ['literal', [0, 0]]] as ExpressionSpecification,
          'symbol-sort-key': ['-', 0, size],
        },
        paint: { 'text-color': palette.text, 'text-halo-color': palette.halo, 'text-halo-width': 1.8 },
      },
      {
        id: 'stats-picked-halo', type: 'line', source: pickedSource, filter: ['!', isPoint] as FilterSpecification,
        layout: { 'line-join': 'round' },
        paint: { 'line-color': palette.selectionHalo, 'line-width': 7, 'line-opacity': 0.85 },
      },
      {
        id: 'stats-picked-line', type: 'line', source: pickedSource, filter: ['!', isPoint] as FilterSpecification,
        layout: { 'line-join': 'round' },
        paint: { 'line-color': palette.selection, 'line-width': 3 },
      },
      {
        id: 'stats-picked-ring', type: 'circle', source: pickedSource, filter: isPoint,
        paint: { 'circle-radius': 19, 'circle-opacity': 0, 'circle-stroke-color': palette.selection, 'circle-stroke-width': 3 },
      },
    ],
  }
}

const patternName = (one: keyof typeof patternPath, dark: boolean): string => `stats-${one}-${dark ? 'dark' : 'light'}`

/** What is drawn over and over in an area, at twice the size for sharp edges. */
function drawPattern(one: keyof typeof patternPath, colour: string): ImageData {
  const sidePx = 16
  const canvas = document.createElement('canvas')
  canvas.width = canvas.height = sidePx
  const pen = canvas.getContext('2d')
  if (!pen) return new ImageData(sidePx, sidePx)
  pen.scale(sidePx / 8, sidePx / 8)
  const path = new Path2D(patternPath[one])
  if (one === 'up') {
    pen.strokeStyle = colour
    pen.lineWidth = 1
    pen.stroke(path)
  } else {
    pen.fillStyle = colour
    pen.fill(path)
  }
  return pen.getImageData(0, 0, sidePx, sidePx)
}

/** Draws a statistic on a map that is loaded. */
export class StatLayer {
  private readonly map: MapLibre
  private dark: boolean | null = null
  private drawn: Drawn | null = null

  constructor(map: MapLibre) {
    this.map = map
  }

  /** Draws in the colours of a theme. */
  wear(dark: boolean): void {
    if (dark === this.dark) return
    this.removeLayers()
    this.dark = dark
    const { map } = this
    for (const id of [source, signSource, pickedSource]) if (!map.getSource(id)) map.addSource(id, { type: 'geojson', data: nothing })
    for (const one of ['up', 'down'] as const) {
      const name = patternName(one, dark)
      if (!map.hasImage(name)) map.addImage(name, drawPattern(one, statColours(dark)[one]), { pixelRatio: 2 })
    }
    const { below, above } = statLayers(dark, paletteOf(dark))
    // Above components, which step back; below the names of roads, or what is marked.
    const firstNames = aboveUs.find((id) => map.getLayer(id))
    for (const layer of below) map.addLayer(layer, firstNames)
    for (const layer of above) map.addLayer(layer)
    this.veil()
  }

  /** Draws a statistic instead of the one before; null: none. */
  show(drawn: Drawn | null): void {
    if (drawn === this.drawn) return
    this.drawn = drawn
    this.map.getSource<GeoJSONSource>(source)?.setData(drawn?.features ?? nothing)
    this.map.getSource<GeoJSONSource>(signSource)?.setData(drawn?.signs ?? nothing)
    this.veil()
  }

  private veil(): void {
    if (this.map.getLayer('stats-veil')) this.map.setLayoutProperty('stats-veil', 'visibility', this.drawn ? 'visible' : 'none')
  }

  /** Lets the features of a row stand out; null: none. */
  mark(key: string | null): void {
    const features = this.drawn && key !== null ? featuresOf(this.drawn, key) : []
    this.map.getSource<GeoJSONSource>(pickedSource)?.setData({ type: 'FeatureCollection', features })
  }

  /** The key of what is drawn there; over areas, places and lines win. `overOnly` leaves areas out. */
  keyAt({ x, y }: { x: number; y: number }, overOnly: boolean): string | null {
    const at = (ids: string[], reach: number) =>
      this.map.queryRenderedFeatures([[x - reach, y - reach], [x + reach, y + reach]], { layers: ids.filter((id) => this.map.getLayer(id)) })
    const hit = at(['stats-place', 'stats-line'], reachPx)[0] ?? (overOnly ? undefined : at(['stats-area'], 0)[0])
    const key: unknown = hit?.properties['key']
    return typeof key === 'string' && key !== '' ? key : null
  }

  remove(): void {
    this.removeLayers()
    for (const id of [source, signSource, pickedSource]) if (this.map.getSource(id)) this.map.removeSource(id)
    this.drawn = null
    this.dark = null
  }

  private removeLayers(): void {
    for (const { id } of this.map.getStyle().layers) if (id.startsWith('stats-')) this.map.removeLayer(id)
  }
}
