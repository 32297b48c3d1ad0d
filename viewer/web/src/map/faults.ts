// What is wrong with the data, on the map: the shape of a finding where it has
// one, and a mark at the place to look at. A severity has a colour and a shape.
import type { Feature, FeatureCollection } from 'geojson'
import type { ExpressionSpecification, LayerSpecification } from 'maplibre-gl'
import type { Finding, LonLat, Severity } from '../api/answers'
import { isArea } from './base'
import type { Palette, Shape } from './palette'
import { symbolName } from './shapes'

export const faultSource = 'faults'
/** The finding that is looked at. */
export const pickedSource = 'fault-picked'
export const faultMarks = 'faults-mark'

export const severityShape: Record<Severity, Shape> = { error: 'diamond', warning: 'triangle', note: 'circle' }
const severities: readonly Severity[] = ['error', 'warning', 'note']

/** The features drawn for findings; `index` says which one it is. */
export function faultFeatures(findings: readonly Finding[], picked: number | null = null): FeatureCollection {
  const features: Feature[] = []
  findings.forEach(({ geometry, at, severity }, index) => {
    if (picked !== null && picked !== index) return
    const properties = { index, severity, mark: false }
    if (geometry && geometry.type !== 'Point') features.push({ type: 'Feature', geometry, properties })
    const spot = at ?? (geometry?.type === 'Point' ? geometry.coordinates : null)
    if (spot) features.push({ type: 'Feature', geometry: { type: 'Point', coordinates: [...spot] }, properties: { ...properties, mark: true } })
  })
  return { type: 'FeatureCollection', features }
}

/** The extent of a finding: west, south, east, north; null where it has no place. */
export function faultBox({ at, geometry }: Pick<Finding, 'at' | 'geometry'>): [number, number, number, number] | null {
  const box: [number, number, number, number] = [Infinity, Infinity, -Infinity, -Infinity]
  const grow = (coordinates: unknown): void => {
    if (!Array.isArray(coordinates)) return
    const [lon, lat] = coordinates as unknown[]
    if (typeof lon !== 'number' || typeof lat !== 'number') {
      for (const inner of coordinates as unknown[]) grow(inner)
      return
    }
    box[0] = Math.min(box[0], lon)
    box[1] = Math.min(box[1], lat)
    box[2] = Math.max(box[2], lon)
    box[3] = Math.max(box[3], lat)
  }
  if (at) grow(at)
  if (geometry && 'coordinates' in geometry) grow(geometry.coordinates)
  return box[0] <= box[2] ? box : null
}

/** The middle of a finding. */
export function faultPlace(finding: Finding): LonLat | null {
  if (finding.at) return { lon: finding.at[0], lat: finding.at[1] }
  const box = faultBox(finding)
  return box && { lon: (box[0] + box[2]) / 2, lat: (box[1] + box[3]) / 2 }
}

export function faultLayers(palette: Palette): LayerSpecification[] {
  const bySeverity = (value: (s: Severity) => string) =>
    ['match', ['get', 'severity'], ...severities.flatMap((s) => [s, value(s)]), palette.fault.note] as unknown as ExpressionSpecification
  const colour = bySeverity((s) => palette.fault[s])
  const mark: ExpressionSpecification = ['get', 'mark']
  const shape: ExpressionSpecification = ['!', mark]
  return [
    {
      id: 'faults-area', type: 'fill', source: faultSource, filter: ['all', shape, isArea],
      paint: { 'fill-color': colour, 'fill-opacity': 0.3 },
    },
    {
      id: 'faults-line', type: 'line', source: faultSource, filter: shape,
      layout: { 'line-join': 'round' },
      paint: { 'line-color': colour, 'line-width': 1.8 },
    },
    {
      id: 'fault-picked-halo', type: 'line', source: pickedSource, filter: shape,
      layout: { 'line-join': 'round' },
      paint: { 'line-color': palette.selectionHalo, 'line-width': 6, 'line-opacity': 0.8 },
    },
    {
      id: 'fault-picked-line', type: 'line', source: pickedSource, filter: shape,
      layout: { 'line-join': 'round' },
      paint: { 'line-color': palette.selection, 'line-width': 2.6 },
    },
    {
      // Components have the same shapes: what stands on a disc is a finding.
      id: 'faults-disc', type: 'circle', source: faultSource, filter: mark,
      paint: {
        'circle-radius': ['interpolate', ['linear'], ['zoom'], 11, 3.5, 15, 8, 18, 10.5],
        'circle-color': palette.selectionHalo,
        'circle-stroke-color': colour,
        'circle-stroke-width': 1.4,
      },
    },
    {
      id: faultMarks, type: 'symbol', source: faultSource, filter: mark,
      layout: {
        'icon-image': bySeverity((s) => symbolName(severityShape[s], palette.fault[s])),
        'icon-size': ['interpolate', ['linear'], ['zoom'], 11, 0.25, 15, 0.5, 18, 0.7],
        'icon-allow-overlap': true,
        'icon-ignore-placement': true,
        'icon-padding': 0,
      },
    },
    {
      id: 'fault-picked-ring', type: 'circle', source: pickedSource, filter: mark,
      paint: {
        'circle-radius': 16, 'circle-opacity': 0,
        'circle-stroke-color': palette.selection, 'circle-stroke-width': 2.6,
      },
    },
  ]
}
