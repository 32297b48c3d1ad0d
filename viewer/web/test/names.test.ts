import { describe, expect, it } from 'vitest'
import type { Position } from 'geojson'
import { cutToBox, namePoints, ringArea, roomiestPoint, type Box } from '../src/map/names'
import { seeded } from './seeded'

const square = (west: number, south: number, size: number): Position[] => [
  [west, south], [west + size, south], [west + size, south + size], [west, south + size], [west, south],
]
const piece = (code: string, ring: Position[]) => ({ layer: 'cells', code, name: '', rings: [ring] })

describe('cutting to the view', () => {
  it('leaves what is inside alone and drops what is outside', () => {
    expect(ringArea(cutToBox(square(1, 1, 2), [0, 0, 10, 10]))).toBeCloseTo(4)
    expect(cutToBox(square(20, 1, 2), [0, 0, 10, 10])).toEqual([])
  })

  it('keeps the common area of two rectangles', () => {
    const random = seeded(3)
    for (let round = 0; round < 500; round++) {
      const [w, s, size] = [random() * 10, random() * 10, random() * 10]
      const box: Box = [2, 3, 7, 9]
      const width = Math.max(0, Math.min(w + size, box[2]) - Math.max(w, box[0]))
      const height = Math.max(0, Math.min(s + size, box[3]) - Math.max(s, box[1]))
      expect(ringArea(cutToBox(square(w, s, size), box))).toBeCloseTo(width * height, 9)
    }
  })
})

describe('the roomiest point', () => {
  it('is the middle of a square', () => {
    const { at: [x, y], room } = roomiestPoint(square(0, 0, 8))
    expect(room).toBeCloseTo(4, 1)
    expect(x).toBeCloseTo(4, 1)
    expect(y).toBeCloseTo(4, 1)
  })

  it('lies in the wide arm of an L, not at its hollow centre', () => {
    const ring: Position[] = [[0, 0], [10, 0], [10, 3], [1, 3], [1, 10], [0, 10], [0, 0]]
    const { at: [x = 0, y = 0] } = roomiestPoint(ring)
    expect(y).toBeCloseTo(1.5, 1)
    expect(x).toBeGreaterThan(1.4)
    expect(x).toBeLessThan(8.6)
  })
})

describe('names', () => {
  it('stand once per code, in the largest piece in view', () => {
    const names = namePoints(
      [piece('990101001001007', square(0, 0, 4)), piece('990101001001007', square(4, 0, 1)), piece('990101001001008', square(5, 5, 2))],
      [0, 0, 10, 10],
      0,
    )
    expect(names.features.map(({ properties }) => properties.short)).toEqual(['007', '008'])
    expect(names.features[0]?.geometry.coordinates[0]).toBeCloseTo(2, 1)
  })

  it('are the same whatever the order of the tiles', () => {
    const pieces = [piece('a', square(0, 0, 4)), piece('b', square(4, 0, 3)), piece('c', square(5, 5, 2))]
    expect(namePoints([...pieces].reverse(), [0, 0, 10, 10], 0)).toEqual(namePoints(pieces, [0, 0, 10, 10], 0))
  })

  it('are left out of slivers', () => {
    const pieces = [piece('wide', square(0, 0, 4)), piece('sliver', square(9.9, 0, 4))]
    expect(namePoints(pieces, [0, 0, 10, 10], 0.5).features.map(({ properties }) => properties.code)).toEqual(['wide'])
  })
})
