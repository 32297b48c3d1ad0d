// Cells, zones and the administrative divisions: areas under the roads' names,
// borders above them, names on top of everything.
import type { ExpressionSpecification, LayerSpecification } from 'maplibre-gl'
import { isLine } from './base'
import type { Look } from './look'
import { namesSource } from './marks'
import type { Palette } from './palette'
import type { Drawing, Place } from './drawing'
import { boldFont, regularFont } from './text'

/**
 * A colour out of the set by the zone's tint, which the server chooses so that
 * zones that meet differ.
 */
export function zoneColour(zones: readonly string[]): ExpressionSpecification {
  const [first = '#888888'] = zones
  const tint: ExpressionSpecification = ['to-string', ['get', 'tint']]
  return ['match', tint, ...zones.flatMap((colour, index) => [String(index), colour]), first] as unknown as ExpressionSpecification
}

export function zoneAreas(palette: Palette, place: Place): LayerSpecification[] {
  return place('zones', [
    {
      id: 'zones-area', type: 'fill',
      paint: {
        'fill-color': zoneColour(palette.zones),
        // Paler from afar, where circles and borders lie on it.
        'fill-opacity': ['interpolate', ['linear'], ['zoom'], 12, 0.5 * palette.zoneFill, 15, palette.zoneFill, 17, palette.zoneFill / 2],
        'fill-antialias': false,
      },
    },
  ])
}

/** Below this zoom the layer of cells is the mesh of all borders, each line once. */
export const meshBelow = 12

/** Cells have next to no fill, but what they have takes the hover. */
export function cellAreas(palette: Palette, place: Place): LayerSpecification[] {
  return place('cells', [
    {
      id: 'cells-area', type: 'fill', minzoom: meshBelow,
      paint: {
        'fill-color': palette.cellHover,
        'fill-opacity': ['case', ['boolean', ['feature-state', 'hover'], false], 0.1, 0.01],
      },
    },
  ])
}

/** The kinds of border in the mesh, highest first, with their width and opacity at zoom 10. */
const meshLevels = [
  { level: 'edge', widthPx: 1.5, opacity: 0.85 },
  { level: 'district', widthPx: 1.3, opacity: 0.8 },
  { level: 'street', widthPx: 1, opacity: 0.6 },
  { level: 'community', widthPx: 0.8, opacity: 0.5 },
  { level: 'zone', widthPx: 0.7, opacity: 0.45 },
  { level: 'cell', widthPx: 0.4, opacity: 0.12 },
]

/** What is seen of cells from afar: the higher the border, the stronger; cells fade in. */
function cellMesh(palette: Palette): Drawing {
  const byLevel = (of: (level: (typeof meshLevels)[number]) => number): ExpressionSpecification =>
    ['match', ['get', 'level'], ...meshLevels.flatMap((level) => [level.level, of(level)]), 0.4] as unknown as ExpressionSpecification
  const atZoom = (wider: number, cell: number): [ExpressionSpecification, ExpressionSpecification] => [
    byLevel(({ widthPx }) => widthPx * wider),
    byLevel(({ level, opacity }) => (level === 'cell' ? cell : opacity)),
  ]
  const [[farWidth, farOpacity], [nearWidth, nearOpacity]] = [atZoom(0.8, 0), atZoom(1, 0.45)]
  return {
    id: 'cells-mesh', type: 'line', maxzoom: meshBelow, filter: isLine,
    layout: { 'line-join': 'round', 'line-sort-key': byLevel(({ widthPx }) => widthPx) },
    paint: {
      'line-color': ['match', ['get', 'level'], 'cell', palette.cellLine, palette.zoneLine],
      'line-width': ['interpolate', ['linear'], ['zoom'], 9, farWidth, meshBelow, nearWidth],
      'line-opacity': ['interpolate', ['linear'], ['zoom'], 9, farOpacity, meshBelow, nearOpacity],
    },
  }
}

export function divisionLines(palette: Palette, place: Place): LayerSpecification[] {
  const outline = (id: string, colour: string, widthPx: [number, number], farOpacity: number, dash: number[]) => [
    {
      id: `${id}-line`, type: 'line',
      layout: { 'line-join': 'round' },
      paint: {
        'line-color': colour,
        'line-width': ['interpolate', ['linear'], ['zoom'], 10, widthPx[0], 17, widthPx[1]],
        'line-opacity': ['interpolate', ['linear'], ['zoom'], 10, farOpacity, 13, 1],
        'line-dasharray': dash,
      },
    },
  ]
  return [
    ...place('cells', [
      cellMesh(palette),
      {
        id: 'cells-line', type: 'line', minzoom: meshBelow,
        layout: { 'line-join': 'round' },
        paint: {
          'line-color': ['case', ['boolean', ['feature-state', 'hover'], false], palette.cellHover, palette.cellLine],
          'line-width': ['interpolate', ['linear'], ['zoom'], 12, 0.4, 15, 0.8, 18, 1.4],
          'line-opacity': ['interpolate', ['linear'], ['zoom'], 12, 0.45, 16, 0.8],
        },
      },
    ]),
    ...place('zones', [
      {
        // A band on the inner side of each border: two zones that meet show
        // both colours. Outer rings run clockwise on the screen, so a positive
        // offset goes inwards. A tile's piece has a border of its own in the
        // tile's margin, 8 px outside (64 of 4096 units): a band of 6 px at most
        // keeps that one out of sight.
        id: 'zones-band', type: 'line',
        layout: { 'line-join': 'round' },
        paint: {
          'line-color': zoneColour(palette.zones),
          'line-opacity': 0.6,
          'line-width': ['interpolate', ['linear'], ['zoom'], 10, 2, 14, 4, 18, 6],
          'line-offset': ['interpolate', ['linear'], ['zoom'], 10, 1, 14, 2, 18, 3],
        },
      },
      {
        id: 'zones-line', type: 'line',
        layout: { 'line-join': 'round' },
        paint: {
          'line-color': palette.zoneLine,
          'line-width': ['interpolate', ['linear'], ['zoom'], 10, 0.8, 14, 1.3, 18, 2],
        },
      },
    ]),
    ...place('communities', outline('communities', palette.community, [0.8, 2], 0.3, [2, 2])),
    ...place('streets', outline('streets', palette.street, [1, 2.6], 0.6, [5, 2])),
    ...place('districts', outline('districts', palette.district, [1.6, 3.4], 1, [6, 2, 1, 2])),
  ]
}

interface NameLook {
  layer: string
  colour: string
  bold: boolean
  sizePx: number
  zooms: [number, number]
}

/** From which zoom to which each level's names are drawn; map/names.ts reads it too. */
export function nameLooks(palette: Palette): NameLook[] {
  return [
    { layer: 'cells', colour: palette.quietText, bold: false, sizePx: 11, zooms: [16, 24] },
    { layer: 'communities', colour: palette.community, bold: false, sizePx: 12, zooms: [13.5, 17] },
    { layer: 'streets', colour: palette.street, bold: true, sizePx: 13, zooms: [12, 15.5] },
    { layer: 'zones', colour: palette.text, bold: true, sizePx: 14, zooms: [11.5, 24] },
    { layer: 'districts', colour: palette.district, bold: true, sizePx: 15, zooms: [8, 12.5] },
  ]
}

/** From this zoom on a cell shows its whole code instead of the serial. */
export const wholeCodeZoom = 17

/** The names are points of our own (map/names.ts): a tile's polygon would be named once per tile. */
export function divisionNames(palette: Palette, look: Look): LayerSpecification[] {
  return nameLooks(palette).map(({ layer, colour, bold, sizePx, zooms: [minzoom, maxzoom] }) => ({
    id: `${layer}-name`,
    type: 'symbol',
    source: namesSource,
    minzoom,
    maxzoom,
    filter: ['==', ['get', 'layer'], layer],
    layout: {
      visibility: look.shown.has(layer) ? 'visible' : 'none',
      'text-field': layer === 'cells' ? ['step', ['zoom'], ['get', 'short'], wholeCodeZoom, ['get', 'code']] : ['get', 'name'],
      'text-font': bold ? boldFont : regularFont,
      'text-size': sizePx,
      'text-max-width': 12,
      'text-padding': layer === 'cells' ? 2 : 6,
      ...(layer === 'cells' ? {} : { 'text-variable-anchor': ['center', 'top', 'bottom'] as ['center', 'top', 'bottom'] }),
    },
    paint: {
      'text-color': colour,
      'text-halo-color': palette.halo,
      'text-halo-width': bold ? 1.8 : 1.4,
    },
  }))
}
