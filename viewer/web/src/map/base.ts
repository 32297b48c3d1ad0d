// The base map: water, green, buildings, roads. A base layer may hold areas,
// lines or both, and classes nobody told us of: each has a drawing for areas
// and one for lines, and a look for any class.
import type { ExpressionSpecification, LayerSpecification } from 'maplibre-gl'
import type { Palette } from './palette'
import type { Place } from './drawing'
import { regularFont } from './text'

export const isArea: ExpressionSpecification =
  ['match', ['geometry-type'], ['Polygon', 'MultiPolygon'], true, false]
export const isLine: ExpressionSpecification =
  ['match', ['geometry-type'], ['LineString', 'MultiLineString'], true, false]
export const isPoint: ExpressionSpecification =
  ['match', ['geometry-type'], ['Point', 'MultiPoint'], true, false]

const roadClass: ExpressionSpecification = ['coalesce', ['get', 'class'], '']
// A centre line only carries the road's name where the surface is an area.
const isRoadLine: ExpressionSpecification = ['all', isLine, ['!=', roadClass, 'centerline']]

/** Widths on the ground, drawn true to scale from zoom 15 on (512-pixel tiles, 35° N). */
function roadWidth(extraPx: number): ExpressionSpecification {
  const atZoom = (arterial: number, street: number, lane: number): ExpressionSpecification => [
    '+',
    ['match', roadClass, ['arterial', 'primary', 'trunk'], arterial, ['street', 'secondary', 'tertiary', 'road'], street, lane],
    extraPx,
  ]
  return [
    'interpolate', ['exponential', 2], ['zoom'],
    10, atZoom(1.2, 0.5, 0.2),
    13, atZoom(3, 1.6, 0.8),
    15, atZoom(9, 5.5, 2.6),
    18, atZoom(64, 38, 17),
    22, atZoom(1024, 608, 272),
  ]
}

export function baseLayers(palette: Palette, place: Place): LayerSpecification[] {
  return [
    ...place('base_green', [
      { id: 'base_green-area', type: 'fill', filter: isArea, paint: { 'fill-color': palette.green } },
      { id: 'base_green-line', type: 'line', filter: isLine, paint: { 'line-color': palette.green, 'line-width': 2 } },
    ]),
    ...place('base_water', [
      { id: 'base_water-area', type: 'fill', filter: isArea, paint: { 'fill-color': palette.water, 'fill-outline-color': palette.waterEdge } },
      {
        id: 'base_water-line', type: 'line', filter: isLine,
        layout: { 'line-cap': 'round', 'line-join': 'round' },
        paint: { 'line-color': palette.water, 'line-width': ['interpolate', ['exponential', 1.6], ['zoom'], 10, 1, 18, 8] },
      },
    ]),
    ...place('base_roads', [
      {
        id: 'base_roads-area', type: 'fill', filter: isArea,
        paint: { 'fill-color': ['match', roadClass, 'sidewalk', palette.sidewalk, palette.road], 'fill-outline-color': palette.roadEdge },
      },
      {
        id: 'base_roads-edge', type: 'line', filter: isRoadLine, minzoom: 13,
        layout: { 'line-cap': 'butt', 'line-join': 'round' },
        paint: { 'line-color': palette.roadEdge, 'line-width': roadWidth(2) },
      },
      {
        id: 'base_roads-line', type: 'line', filter: isRoadLine,
        layout: { 'line-cap': 'round', 'line-join': 'round' },
        paint: { 'line-color': palette.road, 'line-width': roadWidth(0) },
      },
    ]),
    ...place('base_buildings', [
      {
        id: 'base_buildings-area', type: 'fill', filter: isArea,
        paint: {
          'fill-color': palette.building,
          'fill-outline-color': palette.buildingEdge,
          'fill-opacity': ['interpolate', ['linear'], ['zoom'], 13, 0.5, 15, 1],
        },
      },
      { id: 'base_buildings-line', type: 'line', filter: isLine, paint: { 'line-color': palette.buildingEdge, 'line-width': 1 } },
    ]),
  ]
}

export function roadNames(palette: Palette, place: Place): LayerSpecification[] {
  return place('base_roads', [
    {
      id: 'base_roads-name', type: 'symbol', minzoom: 14,
      filter: ['all', isLine, ['has', 'name']],
      layout: {
        'symbol-placement': 'line',
        'symbol-spacing': 420,
        'text-field': ['get', 'name'],
        'text-font': regularFont,
        'text-size': ['interpolate', ['linear'], ['zoom'], 14, 10.5, 18, 14],
        'text-letter-spacing': 0.06,
        'text-padding': 8,
        'text-max-angle': 30,
      },
      paint: { 'text-color': palette.roadText, 'text-halo-color': palette.road, 'text-halo-width': 1.4 },
    },
  ])
}
