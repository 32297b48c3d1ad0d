// The target of a campaign: a rectangle, an area of the city, or a polygon that
// was pasted.
//
//	box:114.301,34.781,114.309,34.786    zones/Z01    pasted
import type { Geometry, Position } from 'geojson'
import { ask, Failure } from '../api/server'

export type Box = readonly [west: number, south: number, east: number, north: number]

export const pastedTarget = 'pasted'
/** The divisions whose areas may be a target, in the words of the address. */
export const targetLayers = ['zones', 'communities', 'streets', 'districts'] as const

/** The code of the failure to find an area by its code. */
export const noTarget = 'no-target'

/** A rectangle as a word of a link: six decimals are 0.1 m. */
export const boxWord = (box: Box): string => `box:${box.map((value) => Number(value.toFixed(6))).join(',')}`

export function readBox(word: string): Box | null {
  const values = /^box:(.+)$/.exec(word)?.[1]?.split(',').map(Number)
  if (values?.length !== 4 || values.some((value) => !Number.isFinite(value))) return null
  const [west = 0, south = 0, east = 0, north = 0] = values
  return west < east && south < north && Math.abs(south) <= 90 && Math.abs(north) <= 90 ? [west, south, east, north] : null
}

export function boxPolygon([west, south, east, north]: Box): { type: 'Polygon'; coordinates: Position[][] } {
  return { type: 'Polygon', coordinates: [[[west, south], [east, south], [east, north], [west, north], [west, south]]] }
}

/** Reads GeoJSON that holds one area: a geometry, a feature, or a collection of one. null if it is none. */
export function readArea(text: string): Geometry | null {
  try {
    return areaIn(JSON.parse(text))
  } catch {
    return null
  }
}

function areaIn(value: unknown): Geometry | null {
  if (typeof value !== 'object' || value === null) return null
  const { type, geometry, features, coordinates } = value as { type?: unknown; geometry?: unknown; features?: unknown; coordinates?: unknown }
  if (type === 'Feature') return areaIn(geometry)
  if (type === 'FeatureCollection') return Array.isArray(features) && features.length === 1 ? areaIn(features[0]) : null
  return (type === 'Polygon' || type === 'MultiPolygon') && Array.isArray(coordinates) ? ({ type, coordinates } as Geometry) : null
}

/** The polygon that a target stands for; one of the city is asked for. */
export async function targetOf(word: string, pasted: string, stop: AbortSignal): Promise<Geometry> {
  const box = readBox(word)
  if (box) return boxPolygon(box)
  if (word === pastedTarget) {
    const area = readArea(pasted)
    if (area) return area
    throw new Failure('status', 'GeoJSON: Polygon, MultiPolygon', 422, 'pasted')
  }
  const [layer = '', code = ''] = word.split('/')
  const none = new Failure('not-found', code || word, 404, noTarget)
  if (!targetLayers.some((known) => known === layer) || code === '') throw none
  try {
    const { geometry } = await ask<{ geometry: Geometry }>(`v1/${layer}/${encodeURIComponent(code)}`, stop)
    return geometry
  } catch (cause) {
    throw cause instanceof Failure && cause.kind === 'not-found' ? none : cause
  }
}
