import type { StyleSpecification } from 'maplibre-gl'
import { describe, expect, it } from 'vitest'
import { underOf } from '../src/map/basemap'
import { emptyLink, formatLink, parseLink } from '../src/state/url'

const style: StyleSpecification = {
  version: 8,
  sources: {
    basemap: { type: 'raster', tiles: ['http://city.test/basemaps/photo/{z}/{x}/{y}.png'], tileSize: 256 },
    city: { type: 'vector', tiles: ['http://city.test/tiles/cells/{z}/{x}/{y}.mvt'] },
  },
  layers: [
    { id: 'background', type: 'background' },
    { id: 'basemap-picture', type: 'raster', source: 'basemap' },
    { id: 'cells-line', type: 'line', source: 'city', 'source-layer': 'cells' },
  ],
}

describe('the basemap of a style', () => {
  it('is its source and what is drawn of it, nothing of the city', () => {
    const under = underOf(style)
    expect(under?.source).toEqual(style.sources['basemap'])
    expect(under?.layers.map(({ id }) => id)).toEqual(['basemap-picture'])
  })

  it('is none in a style without one', () => {
    const { city } = style.sources
    expect(underOf({ ...style, sources: city ? { city } : {} })).toBeNull()
  })
})

describe('a link', () => {
  it('carries the basemap, whatever its name', () => {
    for (const map of ['streets', '-', '街 道&x=1,2']) {
      const link = formatLink({ ...emptyLink, map })
      expect(parseLink(link).map).toBe(map)
    }
  })

  it('says nothing of the usual one', () => {
    expect(formatLink({ ...emptyLink, map: '' })).toBe('')
    expect(parseLink('#map=').map).toBeUndefined()
    expect(parseLink(`#map=${'x'.repeat(81)}`).map).toBeUndefined()
  })
})
