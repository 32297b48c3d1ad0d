import type { StyleSpecification } from 'maplibre-gl'
import { describe, expect, it } from 'vitest'
import { underOf } from '../src/map/basemap'
import { offered } from '../src/state/basemap.svelte'
import { emptyLink, formatLink, parseLink } from '../src/state/url'

const style: StyleSpecification = {
  version: 8,
  sprite: 'http://city.test/sprites/wanmi',
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
    expect(under?.sprite).toBe('http://city.test/sprites/wanmi')
  })

  it('is none in a style without one', () => {
    const { city } = style.sources
    expect(underOf({ ...style, sources: city ? { city } : {} })).toBeNull()
  })
})

describe('the basemaps that are offered', () => {
  it('are those that a map can have, without the city’s own background, which it has anyway', () => {
    const one = (id: string, more: object = {}) => ({ id, name: id, type: 'png', format: 'xyz', ...more })
    const all = [one('city', { format: 'city', type: 'mvt' }), one('photo'), one('shifted', { undrawable: 'GCJ-02' }), one('city-photo', { format: 'pmtiles' })]
    expect(offered(all).map(({ id }) => id)).toEqual(['photo', 'city-photo'])
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
