import { latest, validateStyleMin } from '@maplibre/maplibre-gl-style-spec'
import { describe, expect, it } from 'vitest'
import type { CatalogueLayer } from '../src/api/answers'
import { everything } from '../src/cases/list'
import { defaultLayers, drawable, legendGroups, tileSources, type Look } from '../src/map/look'
import { buildStyle } from '../src/map/style'

const everyLayer: CatalogueLayer[] = legendGroups.flatMap(({ ids }) =>
  ids.map((id) => ({
    id,
    geometry: ['components', 'addresses', 'cases'].includes(id) ? 'point' : 'polygon',
    minzoom: ['cells', 'components', 'cases'].includes(id) ? 8 : 0,
    maxzoom: 16,
    count: 5,
    bounds: [114.2, 34.7, 114.5, 34.9],
    fields: id === 'components' ? { code: 'String', count: 'Number', count_01: 'Number' } : id === 'cases' ? { code: 'String', count: 'Number' } : {},
  })),
)
const look: Look = { dark: false, shown: new Set(defaultLayers(everyLayer)), majors: ['01', '02', '21'], shownMajors: null, quiet: false, cases: { filter: everything, now: 0 }, duty: new Set() }
const tiles = (ids: string) => `http://city.test/tiles/${ids}/{z}/{x}/{y}.mvt`

describe('the style', () => {
  const looks: [string, CatalogueLayer[], Look][] = [
    ['for a whole catalogue', everyLayer, look],
    ['in dark', everyLayer, { ...look, dark: true }],
    ['with two majors', everyLayer, { ...look, shownMajors: ['01', '21'] }],
    ['with no major', everyLayer, { ...look, shownMajors: [] }],
    ['for a city without categories', everyLayer, { ...look, majors: [] }],
    [
      'with every choice of cases and the responsibility map',
      everyLayer,
      {
        ...look,
        cases: { filter: { lamp: ['red'], status: ['open'], kind: ['event'], source: ['patrol'], unit: ['U1', ''], category: ['event 0101'], text: '井' }, now: 1.8e12 },
        duty: new Set(['nobody', 'returns']),
        quiet: true,
      },
    ],
    ['for cells alone', everyLayer.filter(({ id }) => id === 'cells'), look],
    ['for nothing at all', [], look],
  ]
  it.each(looks)('is valid %s', (_, layers, look) => {
    expect(validateStyleMin(buildStyle(layers, look, tiles) as never, latest)).toEqual([])
  })

  it('has the same layers in every look, so that a look is only properties', () => {
    const ids = (look: Look) => buildStyle(everyLayer, look, tiles).layers.map(({ id }) => id)
    expect(new Set(ids(look)).size).toBe(ids(look).length)
    for (const other of looks.slice(1, 6)) expect(ids(other[2])).toEqual(ids(look))
  })

  it('asks no other host for anything: no glyphs, no sprite', () => {
    const style = buildStyle(everyLayer, look, tiles)
    expect(style.glyphs).toBeUndefined()
    expect(style.sprite).toBeUndefined()
    expect(JSON.stringify(style).match(/https?:\/\/[^/"]+/g)?.every((host) => host === 'http://city.test')).toBe(true)
  })

  it('hides what is not shown', () => {
    const style = buildStyle(everyLayer, { ...look, shown: new Set(['cells']) }, tiles)
    for (const layer of style.layers) {
      if (!('source-layer' in layer)) continue
      expect(layer.layout?.visibility, layer.id).toBe(layer['source-layer'] === 'cells' ? 'visible' : 'none')
    }
  })
})

describe('the catalogue', () => {
  it('offers only layers that hold something and can be drawn', () => {
    const layers = drawable({ layers: [...everyLayer.map((l) => ({ ...l, count: l.id === 'addresses' ? 0 : 1 })), { ...everyLayer[0]!, id: 'weather' }] })
    expect(layers.map(({ id }) => id)).not.toContain('addresses')
    expect(layers.map(({ id }) => id)).not.toContain('weather')
  })

  it('offers cases also while there are none', () => {
    const none = everyLayer.map((layer) => ({ ...layer, count: 0 }))
    expect(drawable({ layers: none }).map(({ id }) => id)).toEqual(['cases'])
  })

  it('is split into sources that start with their first layer and end with all', () => {
    const sources = tileSources(everyLayer)
    const whole = sources.filter(({ sums }) => !sums)
    expect(whole.flatMap(({ layers }) => layers).sort()).toEqual(everyLayer.map(({ id }) => id).sort())
    for (const { layers, minzoom, maxzoom } of whole) {
      for (const id of layers) {
        const layer = everyLayer.find((known) => known.id === id)
        if (id === 'components') expect(minzoom).toBe(14)
        else if (id === 'cases') expect(minzoom).toBe(12)
        else expect(layer?.minzoom, id).toBeGreaterThanOrEqual(minzoom)
        expect(layer?.maxzoom, id).toBe(maxzoom)
      }
    }
    expect(whole.map(({ id }) => id).sort()).toEqual(['addresses-16', 'base-16', 'cases-16', 'components-16', 'grid-16'])
    expect(sources.filter(({ sums }) => sums).map(({ id }) => id)).toEqual(['cases-sums-8', 'components-sums-8', 'components-sums-9', 'components-sums-10'])
    expect(sources.find(({ layers }) => layers.includes('components'))?.layers).toEqual(['components'])
  })
})

describe('the mesh of borders', () => {
  it('is drawn where cells are no polygons, and nowhere else', () => {
    const cells = buildStyle(everyLayer, look, tiles).layers.filter((layer) => 'source-layer' in layer && layer['source-layer'] === 'cells')
    const drawn = (zoom: number) => cells.filter(({ minzoom = 0, maxzoom = 24 }) => zoom >= minzoom && zoom < maxzoom).map(({ id }) => id)
    for (const zoom of [8, 10, 11.99]) expect(drawn(zoom)).toEqual(['cells-mesh'])
    for (const zoom of [12, 15, 20]) expect(drawn(zoom)).toEqual(['cells-area', 'cells-line'])
  })
})
