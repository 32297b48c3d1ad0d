// Live cases on the map: pins whose lamp is told anew as time goes by, sums from
// afar, rings around what is new, pointed at and open.
import type { Feature, FeatureCollection } from 'geojson'
import type { ExpressionSpecification, LayerSpecification } from 'maplibre-gl'
import type { CatalogueLayer } from '../api/answers'
import type { CaseSummary, Lamp } from '../api/cases'
import { lamps } from '../cases/lamp'
import type { Filter } from '../cases/list'
import { lampColour, pinName } from './lamps'
import { caseSumsZoom, casesSingleFrom, sumsSource, type Look } from './look'
import { textOn, type Palette } from './palette'
import type { Place } from './drawing'
import { squarePx } from './sums'
import { boldFont } from './text'

/** Rings around cases: new ones, the one pointed at, the one open. */
export const caseRings = 'case-rings'
export const casePins = 'cases-pin'
export const caseSums = `cases-sums-${caseSumsZoom}`
export type Ring = 'new' | 'hovered' | 'open'

/** Where the ring of a pin has its middle: the pin's head is above its place. */
const headPx = { far: 11, near: 20 }

const text = (name: string): ExpressionSpecification => ['to-string', ['coalesce', ['get', name], '']]
const time = (name: string): ExpressionSpecification => ['to-number', ['coalesce', ['get', name], 0]]

/** The lamp of a case in a tile at a time, as cases/lamp.ts tells it. Tiles have seconds. */
export function lampExpression(now: number): ExpressionSpecification {
  const seconds = Math.floor(now / 1000)
  const passed = (name: string): ExpressionSpecification => ['all', ['>', time(name), 0], ['<', time(name), seconds]]
  return [
    'case',
    ['any', ['in', text('state'), ['literal', ['closed', 'void', 'held']]], ['<=', time('due_at'), 0]], 'grey',
    passed('due_at'), 'red',
    passed('yellow_at'), 'yellow',
    'green',
  ]
}

/** What is chosen in the list, for tiles; a text is looked for in the list alone. */
export function caseFilter(filter: Filter, now: number): ExpressionSpecification {
  const among = (value: ExpressionSpecification, wanted: readonly string[]): ExpressionSpecification[] =>
    wanted.length > 0 ? [['in', value, ['literal', [...wanted]]]] : []
  return [
    'all',
    ...among(lampExpression(now), filter.lamp),
    ...among(text('state'), filter.status),
    ...among(text('kind'), filter.kind),
    ...among(text('source'), filter.source),
    ...among(text('unit'), filter.unit),
    ...among(['concat', text('kind'), ' ', text('category')], filter.category),
  ]
}

export function caseLayers(palette: Palette, look: Look, place: Place): LayerSpecification[] {
  const { filter, now } = look.cases
  const lamp = lampExpression(now)
  const byLamp = (value: (lamp: Lamp) => string): ExpressionSpecification =>
    ['match', lamp, ...lamps.flatMap((one) => [one, value(one)]), value('grey')] as unknown as ExpressionSpecification
  const urgency = ['match', lamp, 'red', 3, 'yellow', 2, 'green', 1, 0] as ExpressionSpecification
  return place('cases', [
    {
      id: casePins, type: 'symbol', minzoom: casesSingleFrom, filter: caseFilter(filter, now),
      layout: {
        'icon-image': byLamp((one) => pinName(one, lampColour(palette, one))),
        'icon-size': ['interpolate', ['linear'], ['zoom'], casesSingleFrom, 0.5, 15, 0.8, 18, 1],
        'icon-anchor': 'bottom',
        'icon-allow-overlap': true,
        'icon-ignore-placement': true,
        'icon-padding': 0,
        'symbol-sort-key': urgency, // what is urgent lies on top
      },
    },
  ])
}

/** From afar: a circle for the cases of a square of ground, with a red rim where one of them is late. */
export function caseSumLayers(palette: Palette, look: Look, layers: readonly CatalogueLayer[]): LayerSpecification[] {
  const layer = layers.find(({ id }) => id === 'cases')
  if (!layer || !sumsSource(layer)) return []
  const count: ExpressionSpecification = ['to-number', ['coalesce', ['get', 'count'], 0]]
  const late: ExpressionSpecification = ['>', ['to-number', ['coalesce', ['get', 'count_red'], 0]], 0]
  const visibility = look.shown.has('cases') ? 'visible' : 'none'
  const radius = (zoom: number): ExpressionSpecification =>
    ['min', squarePx(caseSumsZoom, zoom) * 0.55 + 2, ['+', 2.4, ['*', 1.6 + (zoom - caseSumsZoom) * 0.9, ['sqrt', count]]]]
  const stops = [8, 9, 10, 11, 12].flatMap((zoom) => [zoom, radius(zoom)]) as [number, ExpressionSpecification]
  const common = { source: caseSums, 'source-layer': 'cases', maxzoom: casesSingleFrom, filter: ['>', count, 0] as ExpressionSpecification }
  return [
    {
      ...common, id: caseSums, type: 'circle',
      layout: { visibility, 'circle-sort-key': ['case', late, 1, 0] },
      paint: {
        'circle-color': palette.caseSums,
        'circle-opacity': 0.88,
        'circle-radius': ['interpolate', ['exponential', 2], ['zoom'], ...stops],
        'circle-stroke-color': ['case', late, palette.lamp.red, palette.symbolEdge],
        'circle-stroke-width': ['case', late, 2.4, 1],
      },
    },
    {
      ...common, id: `${caseSums}-number`, type: 'symbol', minzoom: 11, filter: ['>=', count, 2],
      layout: { visibility, 'text-field': ['to-string', count], 'text-font': boldFont, 'text-size': 10, 'text-padding': 0 },
      paint: { 'text-color': textOn(palette.caseSums) },
    },
  ]
}

/** Rings lie under the pins' layer in the style, so that a pin stays to be read. */
export function ringLayers(palette: Palette, look: Look): LayerSpecification[] {
  const is = (ring: Ring): ExpressionSpecification => ['==', ['get', 'ring'], ring]
  const visibility = look.shown.has('cases') ? 'visible' : 'none'
  const lifted: ExpressionSpecification = [
    'interpolate', ['linear'], ['zoom'], casesSingleFrom, ['literal', [0, -headPx.far]], 18, ['literal', [0, -headPx.near]],
  ] as unknown as ExpressionSpecification
  const ring = (id: string, of: Ring, colour: string, radiusPx: number, widthPx: number): LayerSpecification => ({
    id, type: 'circle', source: caseRings, filter: is(of), layout: { visibility: of === 'new' ? visibility : 'visible' },
    paint: {
      'circle-radius': radiusPx, 'circle-opacity': 0, 'circle-translate': lifted as never,
      'circle-stroke-color': colour, 'circle-stroke-width': widthPx,
    },
  })
  return [
    ring('case-ring-new', 'new', palette.fresh, 17, 2),
    ring('case-ring-hovered', 'hovered', palette.selection, 19, 2),
    ring('case-ring-open-halo', 'open', palette.selectionHalo, 19, 6),
    ring('case-ring-open', 'open', palette.selection, 19, 3),
  ]
}

export function ringFeatures(rings: readonly { ring: Ring; one: Pick<CaseSummary, 'id' | 'position'> }[]): FeatureCollection {
  return {
    type: 'FeatureCollection',
    features: rings.map(
      ({ ring, one }): Feature => ({
        type: 'Feature', geometry: { type: 'Point', coordinates: [...one.position] }, properties: { ring, id: one.id },
      }),
    ),
  }
}
