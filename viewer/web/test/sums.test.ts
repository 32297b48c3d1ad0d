import { expression } from '@maplibre/maplibre-gl-style-spec'
import { describe, expect, it } from 'vitest'
import type { CatalogueLayer } from '../src/api/answers'
import { everything } from '../src/cases/list'
import { sumSources, sumsBelow, tileSources, type Look } from '../src/map/look'
import { light, majorLooks } from '../src/map/palette'
import { countsOf, fullCount, legendCounts, shownCount, squareMetres, squarePx, sumColour, sumLayers, sumRadius, sumTileZoom, sumZooms } from '../src/map/sums'
import { seeded } from './seeded'

const layer: CatalogueLayer = {
  id: 'components', geometry: 'point', minzoom: 8, maxzoom: 18, count: 196_430,
  bounds: [114.2870801, 34.7529159, 114.40911, 34.8263463],
  fields: { code: 'String', count: 'Number', count_01: 'Number', count_02: 'Number' },
}
const look: Look = { dark: false, shown: new Set(['components']), majors: ['01', '02', '21'], shownMajors: null, quiet: false, cases: { filter: everything, now: 0 }, duty: new Set() }

/** Evaluates a style's expression as the map does. */
function evaluate(value: unknown, zoom: number, properties: Record<string, unknown>): unknown {
  const made = expression.createExpression(value, 'layers[0].paint.circle-radius')
  if (made.result === 'error') throw new Error(JSON.stringify(made.value))
  return made.value.evaluate({ zoom } as never, { type: 1, properties } as never)
}

describe('the zooms of the sums', () => {
  it('leave none out below the single components, and none twice', () => {
    for (let zoom = 8; zoom < sumsBelow; zoom += 0.1) {
      const drawn = sumSources.filter((tileZoom) => zoom >= sumZooms(tileZoom)[0] && zoom < sumZooms(tileZoom)[1])
      expect(drawn, String(zoom)).toEqual([sumTileZoom(zoom)])
    }
    expect(sumTileZoom(sumsBelow)).toBeNull()
  })

  it('have squares large enough for a number from zoom 11 on', () => {
    for (const zoom of [11, 11.99, 12, 12.99, 13, 13.99]) {
      expect(squarePx(sumTileZoom(zoom) ?? 0, zoom)).toBeGreaterThanOrEqual(32)
      expect(squarePx(sumTileZoom(zoom) ?? 0, zoom)).toBeLessThan(64.1)
    }
  })

  it('have a source each, and the single components start where they end', () => {
    const sources = tileSources([layer])
    expect(sources.map(({ id, minzoom, maxzoom }) => [id, minzoom, maxzoom])).toEqual([
      ['components-18', 14, 18],
      ['components-sums-8', 8, 8],
      ['components-sums-9', 9, 9],
      ['components-sums-10', 10, 10],
    ])
    const { count: _, ...unsummed } = layer.fields
    expect(tileSources([{ ...layer, fields: unsummed }]).map(({ id }) => id)).toEqual(['components-18'])
    expect(sumLayers(light, look, [{ ...layer, fields: unsummed }])).toEqual([])
  })
})

describe('a circle', () => {
  it('has an area in proportion to the number, at every zoom, and is drawn as the legend says', () => {
    for (const zoom of [8, 9.3, 11, 11.7, 12.5, 13.99]) {
      const tileZoom = sumTileZoom(zoom) ?? 0
      const full = fullCount(layer, tileZoom)
      expect(sumRadius(full, full, tileZoom, zoom) * 2).toBeCloseTo(squarePx(tileZoom, zoom), 9)
      expect(sumRadius(full / 2, full, tileZoom, zoom) ** 2 * 2).toBeCloseTo(sumRadius(full, full, tileZoom, zoom) ** 2, 9)
      const drawing = sumLayers(light, look, [layer]).find(({ id }) => id === `components-sums-${tileZoom}`)
      const radius = (drawing?.paint as Record<string, unknown>)['circle-radius']
      for (const count of [1, Math.round(full / 9), Math.round(full), Math.round(3 * full)]) {
        const wanted = sumRadius(count, full, tileZoom, zoom)
        // The least radius is kept at whole zooms only.
        const clear = sumRadius(count, full, tileZoom, Math.floor(zoom)) > 1.2
        expect(Math.abs(Number(evaluate(radius, zoom, { count })) - wanted), `${count} at ${zoom}`).toBeLessThan(clear ? 1e-6 : 0.5)
      }
    }
  })

  it('is a fourth as full in a square of half the side, in a city of any place', () => {
    expect(fullCount(layer, 9)).toBeCloseTo(fullCount(layer, 8) / 4, 6)
    // 196,430 over 11.1 by 8.1 km (4.5 times the mean), in squares of 1 km.
    expect(fullCount(layer, 8) / squareMetres(8, 34.79) ** 2).toBeCloseTo((4.5 * 196_430) / (11_154 * 8_158), 4)
    const { bounds: _, ...nowhere } = layer
    expect(fullCount({ ...nowhere, count: 0 }, 8)).toBe(1)
  })

  it('has the colour of the one major shown, else one of its own', () => {
    const [first] = majorLooks(look.majors, light)
    expect(sumColour({ ...look, shownMajors: ['01'] }, light)).toBe(first?.colour)
    expect(sumColour(look, light)).toBe(light.sums)
    expect(sumColour({ ...look, shownMajors: ['01', '21'] }, light)).toBe(light.sums)
    expect(sumColour({ ...look, shownMajors: [] }, light)).toBe(light.sums)
  })
})

describe('the numbers of a square', () => {
  it('are those of the majors shown: on the map as under the pointer', () => {
    const random = seeded(3)
    for (let round = 0; round < 100; round++) {
      const counts = look.majors.map(() => (random() < 0.3 ? 0 : Math.floor(random() * 50)))
      const unknown = Math.floor(random() * 3)
      const properties: Record<string, number> = { count: unknown + counts.reduce((a, b) => a + b, 0) }
      look.majors.forEach((major, index) => {
        if (counts[index]) properties[`count_${major}`] = counts[index]
      })
      for (const shownMajors of [null, [], ['02'], ['01', '21'], ['01', '02', '21']]) {
        const wanted = shownMajors ? shownMajors.reduce((sum, major) => sum + (counts[look.majors.indexOf(major)] ?? 0), 0) : properties['count']
        expect(evaluate(shownCount({ ...look, shownMajors }), 12, properties)).toBe(wanted)
        const told = countsOf(properties, { ...look, shownMajors })
        expect(told.total).toBe(wanted)
        expect(told.others).toBe(shownMajors ? 0 : unknown)
        expect(told.byMajor.reduce((sum, { count }) => sum + count, 0) + told.others).toBe(wanted)
        const order = told.byMajor.map(({ count }) => count)
        expect(order).toEqual([...order].sort((a, b) => b - a))
      }
    }
  })

  it('have round samples in the legend, smallest first', () => {
    expect(legendCounts(1570)).toEqual([50, 200, 1000])
    expect(legendCounts(98)).toEqual([5, 20, 50])
    expect(legendCounts(1)).toEqual([1])
    for (let full = 1; full < 100_000; full *= 1.7) {
      const counts = legendCounts(full)
      expect([...counts].sort((a, b) => a - b)).toEqual(counts)
      expect(counts.at(-1)).toBeLessThanOrEqual(full)
    }
  })
})
