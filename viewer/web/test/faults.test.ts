import type { Geometry } from 'geojson'
import { describe, expect, it } from 'vitest'
import type { Finding } from '../src/api/answers'
import { formatFigure } from '../src/format'
import { faultBox, faultFeatures, faultPlace, severityShape } from '../src/map/faults'

const finding = (at: [number, number] | null, geometry: Geometry | null): Finding => ({
  rule: 'cell-gap', severity: 'error', at, geometry, features: [], reason: { en: 'a gap', zh: '缝隙' },
})
const square: Geometry = { type: 'Polygon', coordinates: [[[1, 2], [3, 2], [3, 5], [1, 5], [1, 2]]] }
const edges: Geometry = { type: 'MultiLineString', coordinates: [[[-1, 0], [2, 1]], [[4, -3], [0, 0]]] }

describe('a finding on the map', () => {
  it('is its shape and a mark at the place to look at, both with its number', () => {
    const { features } = faultFeatures([finding([1, 1], null), finding([2, 3], square), finding(null, edges), finding(null, null)])
    expect(features.map(({ geometry, properties }) => [geometry.type, properties?.['index'], properties?.['mark']])).toEqual([
      ['Point', 0, true], ['Polygon', 1, false], ['Point', 1, true], ['MultiLineString', 2, false],
    ])
  })

  it('is drawn once where its geometry is the point itself', () => {
    const point: Geometry = { type: 'Point', coordinates: [7, 8] }
    expect(faultFeatures([finding([7, 8], point)]).features).toHaveLength(1)
    expect(faultFeatures([finding(null, point)]).features[0]?.geometry).toEqual(point)
  })

  it('keeps its number when it alone is drawn', () => {
    const { features } = faultFeatures([finding([1, 1], null), finding([2, 3], null)], 1)
    expect(features.map(({ properties }) => properties?.['index'])).toEqual([1])
  })

  it('spans its place and all of its shape', () => {
    expect(faultBox(finding([0, 9], square))).toEqual([0, 2, 3, 9])
    expect(faultBox(finding(null, edges))).toEqual([-1, -3, 4, 1])
    expect(faultBox(finding([5, 6], null))).toEqual([5, 6, 5, 6])
    expect(faultBox(finding(null, null))).toBeNull()
  })

  it('lies where it says, else in the middle of its shape', () => {
    expect(faultPlace(finding([5, 6], square))).toEqual({ lon: 5, lat: 6 })
    expect(faultPlace(finding(null, square))).toEqual({ lon: 2, lat: 3.5 })
    expect(faultPlace(finding(null, null))).toBeNull()
  })

  it('tells its severity by shape too', () => {
    expect(new Set(Object.values(severityShape)).size).toBe(3)
  })
})

describe('a figure', () => {
  it.each([
    [0.3, 'm', '0.3 m'], [12.34567, 'm', '12.346 m'], [14000.256, 'm2', '14,000.26 m²'], [3, 'count', '3 ×'],
    [1.5, 'percent', '1.5 %'], [2.5, 'years', '2.5 years'], [7, '', '7'],
  ] as const)('of %d %s is %s', (value, unit, text) => {
    expect(formatFigure(value, unit, 'en')).toBe(text)
  })
})
