// Components one by one (from afar they are summed up, see sums.ts): dots,
// symbols with a shape per major from near by; lines and areas where one is.
import type { ExpressionSpecification, LayerSpecification } from 'maplibre-gl'
import { isArea, isLine, isPoint } from './base'
import type { Look } from './look'
import { majorLooks, type Palette } from './palette'
import { symbolName } from './shapes'
import type { Place } from './drawing'
import { regularFont } from './text'

/** From this zoom on shapes can be told apart; below it they would be specks. */
export const symbolZoom = 16

export function componentLayers(palette: Palette, look: Look, place: Place): LayerSpecification[] {
  const looks = majorLooks(look.majors, palette)
  const major: ExpressionSpecification = ['to-string', ['get', 'major']]
  // `match` needs at least one branch; a city without categories has none.
  const byMajor = (value: (l: (typeof looks)[number]) => string, other: string) =>
    (looks.length > 0 ? ['match', major, ...looks.flatMap((l) => [l.major, value(l)]), other] : other) as ExpressionSpecification
  const colour = byMajor((l) => l.colour, palette.quietText)
  const chosen: ExpressionSpecification[] = look.shownMajors ? [['in', major, ['literal', [...look.shownMajors]]]] : []
  const only = (kind: ExpressionSpecification): ExpressionSpecification => ['all', kind, ...chosen]

  return place('components', [
    { id: 'components-area', type: 'fill', filter: only(isArea), paint: { 'fill-color': colour, 'fill-opacity': 0.35 } },
    { id: 'components-area-edge', type: 'line', filter: only(isArea), paint: { 'line-color': colour, 'line-width': 1.4 } },
    {
      id: 'components-line', type: 'line', filter: only(isLine),
      layout: { 'line-cap': 'round' },
      paint: { 'line-color': colour, 'line-width': ['interpolate', ['linear'], ['zoom'], 14, 1.5, 18, 4] },
    },
    {
      id: 'components-dot', type: 'circle', filter: only(isPoint), maxzoom: symbolZoom,
      paint: {
        'circle-color': colour,
        'circle-radius': ['interpolate', ['exponential', 1.5], ['zoom'], 14, 1.6, 15, 2.3, 16, 3.4],
        'circle-stroke-color': palette.symbolEdge,
        'circle-stroke-width': ['interpolate', ['linear'], ['zoom'], 14, 0, 15, 0.6],
      },
    },
    {
      id: 'components-symbol', type: 'symbol', filter: only(isPoint), minzoom: symbolZoom,
      layout: {
        'icon-image': byMajor((l) => symbolName(l.shape, l.colour), symbolName('circle', palette.quietText)),
        'icon-size': ['interpolate', ['linear'], ['zoom'], 16, 0.55, 19, 0.95],
        'icon-allow-overlap': true,
        'icon-ignore-placement': true,
        'icon-padding': 0,
      },
    },
  ])
}

export function addressLayers(palette: Palette, place: Place): LayerSpecification[] {
  return place('addresses', [
    {
      id: 'addresses-name', type: 'symbol', minzoom: 16.5,
      layout: {
        'text-field': ['get', 'name'],
        'text-font': regularFont,
        'text-size': 10.5,
        'text-max-width': 8,
        'text-padding': 4,
      },
      paint: { 'text-color': palette.address, 'text-halo-color': palette.halo, 'text-halo-width': 1.2 },
    },
  ])
}
