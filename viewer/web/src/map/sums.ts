// Components from afar: a circle for each square of ground, its area for their
// number. The server counts below zoom 14, in 128 squares to a tile's side:
// 4 px each at the tile's own zoom, too many to look at. So a tile is drawn
// three zooms deeper, where its squares are 32 to 64 px and a number fits in.
import type { ExpressionSpecification, LayerSpecification } from 'maplibre-gl'
import type { CatalogueLayer } from '../api/answers'
import { sumsBelow, sumSources, sumsSource, type Look } from './look'
import { majorLooks, textOn, type Palette } from './palette'
import { boldFont } from './text'

const squaresPerTile = 128
/** Tiles lie on a world of 512 px at zoom 0. */
const tilePx = 512
/** A circle this much fuller than the mean square fills its own; the densest overlap a little. */
const fullTimesMean = 4.5
const leastRadiusPx = 1.2
/** Digits need a circle to stand in. */
const labelRadiusPx = 10
const numbersFrom = 11
/** Borders show through, and numbers can still be read on it. */
export const sumOpacity = 0.82
/** They are there, and nothing is hidden by them. */
const quietOpacity = 0.16

/** The zooms at which the tiles of a zoom are drawn: [from, to). */
export function sumZooms(tileZoom: number): [from: number, to: number] {
  const from = tileZoom === sumSources[0] ? tileZoom : tileZoom + 3
  return [from, Math.min(tileZoom + 4, sumsBelow)]
}

/** The zoom of the tiles drawn at a zoom of the map; null where components are drawn singly. */
export function sumTileZoom(zoom: number): number | null {
  return sumSources.find((tileZoom) => zoom >= sumZooms(tileZoom)[0] && zoom < sumZooms(tileZoom)[1]) ?? null
}

/** The side of a square on the screen, in pixels. */
export const squarePx = (tileZoom: number, zoom: number): number => (tilePx / squaresPerTile) * 2 ** (zoom - tileZoom)

/** The side of a square on the ground, in metres. */
export function squareMetres(tileZoom: number, lat: number): number {
  const equatorM = 40_075_016.7
  return (equatorM * Math.cos((lat * Math.PI) / 180)) / (squaresPerTile * 2 ** tileZoom)
}

/**
 * How many components make a circle as wide as its square: from the layer's
 * mean density, so that it is the same for every view of a city, and a fourth
 * as many in a square of half the side.
 */
export function fullCount(layer: CatalogueLayer, tileZoom: number): number {
  const [west, south, east, north] = layer.bounds ?? [0, 0, 0, 0]
  const mercator = (lat: number) => Math.log(Math.tan(Math.PI / 4 + (lat * Math.PI) / 360)) / (2 * Math.PI)
  const squares = squaresPerTile * 2 ** tileZoom
  const area = ((east - west) / 360) * (mercator(north) - mercator(south)) * squares ** 2
  return Math.max(1, area >= 1 ? (fullTimesMean * layer.count) / area : layer.count)
}

/** The radius of the circle for a number, in pixels. */
export function sumRadius(count: number, full: number, tileZoom: number, zoom: number): number {
  return Math.max(leastRadiusPx, (squarePx(tileZoom, zoom) / 2) * Math.sqrt(count / full))
}

/** Round numbers for the legend, smallest first: circles from well seen to as wide as a square. */
export function legendCounts(full: number): number[] {
  const round = (value: number) => {
    const power = 10 ** Math.floor(Math.log10(Math.max(1, value)))
    return power * (value / power >= 5 ? 5 : value / power >= 2 ? 2 : 1)
  }
  return [...new Set([full / 16, full / 4, full].map(round))]
}

export interface SquareCounts {
  /** Of the majors shown. */
  total: number
  /** Largest first. */
  byMajor: { major: string; count: number }[]
  /** Of no major that we know; shown only while all are. */
  others: number
}

/** The numbers of a square, of the majors that are shown. */
export function countsOf(properties: Record<string, unknown>, look: Pick<Look, 'majors' | 'shownMajors'>): SquareCounts {
  const number = (name: string) => Number(properties[name] ?? 0)
  const byMajor = (look.shownMajors ?? look.majors)
    .map((major) => ({ major, count: number(`count_${major}`) }))
    .filter(({ count }) => count > 0)
    .sort((a, b) => b.count - a.count || (a.major < b.major ? -1 : 1))
  const sum = byMajor.reduce((sum, { count }) => sum + count, 0)
  const total = look.shownMajors ? sum : number('count')
  return { total, byMajor, others: total - sum }
}

export const shownTotal = (properties: Record<string, unknown>, look: Look): number => countsOf(properties, look).total

const countOf = (major: string): ExpressionSpecification => ['coalesce', ['get', `count_${major}`], 0]

/** What a circle stands for: all components, or those of the majors shown. */
export function shownCount(look: Look): ExpressionSpecification {
  const { shownMajors } = look
  if (!shownMajors) return ['get', 'count']
  return ['+', 0, ...shownMajors.map(countOf)] as ExpressionSpecification
}

/** A single major has its colour; several together have one of their own, as they have no shape here. */
export function sumColour(look: Look, palette: Palette): string {
  const looks = majorLooks(look.majors, palette).filter(({ major }) => look.shownMajors?.includes(major) ?? true)
  const [only] = looks
  return only && looks.length === 1 ? only.colour : palette.sums
}

export const sumLayer = (tileZoom: number): string => `components-sums-${tileZoom}`

export function sumLayers(palette: Palette, look: Look, layers: readonly CatalogueLayer[]): LayerSpecification[] {
  const layer = layers.find(({ id }) => id === 'components')
  if (!layer || !sumsSource(layer)) return []
  const count = shownCount(look)
  const colour = sumColour(look, palette)
  const visibility = look.shown.has('components') ? 'visible' : 'none'
  const filter: ExpressionSpecification = ['>', count, 0]
  return sumSources.filter((zoom) => zoom >= layer.minzoom).flatMap((tileZoom): LayerSpecification[] => {
    const [from, to] = sumZooms(tileZoom)
    const full = fullCount(layer, tileZoom)
    const radiusAt = (zoom: number): ExpressionSpecification =>
      ['max', leastRadiusPx, ['*', squarePx(tileZoom, zoom) / (2 * Math.sqrt(full)), ['sqrt', count]]]
    const stops = Array.from({ length: to - from + 1 }, (_, n) => [from + n, radiusAt(from + n)]).flat() as [number, ExpressionSpecification]
    const common = { source: sumLayer(tileZoom), 'source-layer': 'components' }
    return [
      {
        ...common,
        id: sumLayer(tileZoom),
        type: 'circle',
        // The next and the last zooms' tiles are there before they are seen.
        minzoom: Math.max(tileZoom, from - 0.5),
        maxzoom: Math.min(to + 0.5, sumsBelow),
        filter,
        layout: { visibility, 'circle-sort-key': ['-', 0, count] }, // small ones stay in sight
        paint: {
          'circle-color': colour,
          'circle-radius': ['interpolate', ['exponential', 2], ['zoom'], ...stops],
          'circle-opacity': onlyBetween(from, to, look.quiet ? quietOpacity : sumOpacity),
          'circle-stroke-color': palette.symbolEdge,
          'circle-stroke-width': 0.6,
          'circle-stroke-opacity': onlyBetween(from, to, look.quiet ? 0 : 0.8),
        },
      },
      {
        ...common,
        id: `${sumLayer(tileZoom)}-number`,
        type: 'symbol',
        minzoom: Math.max(from, numbersFrom),
        maxzoom: to,
        // In the middle of the band the circle is wide enough.
        filter: ['>=', count, Math.max(2, full * (labelRadiusPx / (squarePx(tileZoom, to - 0.5) / 2)) ** 2)],
        layout: {
          visibility: look.quiet ? 'none' : visibility,
          'text-field': ['to-string', count],
          'text-font': boldFont,
          'text-size': ['interpolate', ['linear'], ['zoom'], 10, 9, 12, 11],
          'text-padding': 0,
        },
        paint: { 'text-color': textOn(colour), 'text-halo-color': colour, 'text-halo-width': 0.8 },
      },
    ]
  })
}

/** A value at some zooms and nothing at the others: a step by zoom has no gap where two meet. */
function onlyBetween(from: number, to: number, value: number): ExpressionSpecification {
  return ['step', ['zoom'], 0, from, value, to, 0]
}
