import { latest, validateStyleMin } from '@maplibre/maplibre-gl-style-spec'
import { describe, expect, it } from 'vitest'
import { paletteOf } from '../src/map/palette'
import { colourOf, patternPath, signShape, statColours } from '../src/map/statscolours'
import { statLayers } from '../src/map/statslayer'
import { steps } from '../src/stats/layer'

/** WCAG's relative luminance of "#rrggbb". */
function luminance(hex: string): number {
  const channel = (at: number) => {
    const value = parseInt(hex.slice(at, at + 2), 16) / 255
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
  }
  return 0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5)
}

function contrast(a: string, b: string): number {
  const [one, two] = [luminance(a), luminance(b)]
  return (Math.max(one, two) + 0.05) / (Math.min(one, two) + 0.05)
}

describe.each([['light', false, '#ffffff'], ['dark', true, '#171d24']] as const)('statistics on the map, %s', (_, dark, panel) => {
  const colours = statColours(dark)
  const palette = paletteOf(dark)
  const { below, above } = statLayers(dark, palette)

  it('have layers that MapLibre takes, each once', () => {
    const empty = { type: 'geojson', data: { type: 'FeatureCollection', features: [] } }
    const layers = [...below, ...above]
    const style = { version: 8, glyphs: '/{fontstack}/{range}', sources: { stats: empty, 'stats-signs': empty, 'stats-picked': empty }, layers }
    expect(validateStyleMin(style as never, latest)).toEqual([])
    expect(new Set(layers.map(({ id }) => id)).size).toBe(layers.length)
    for (const { id } of layers) expect(id).toMatch(/^stats-/) // by that they are found again
  })

  it('stand out from the land and the panel (WCAG 1.4.11: 3:1)', () => {
    for (const colour of [colours.up, colours.down, colours.line]) {
      expect(contrast(colour, palette.land), colour).toBeGreaterThanOrEqual(3)
      expect(contrast(colour, panel), colour).toBeGreaterThanOrEqual(3)
    }
  })

  it('tell steps by lightness alone, from least to most', () => {
    const seen = steps.map((step) => luminance(colourOf(step, colours)))
    const ordered = [...seen].sort((a, b) => (dark ? a - b : b - a))
    expect(seen).toEqual(ordered)
    seen.slice(1).forEach((one, at) => {
      const before = seen[at] ?? 0
      expect((Math.max(one, before) + 0.05) / (Math.min(one, before) + 0.05), `${at} and ${at + 1}`).toBeGreaterThan(1.3)
    })
  })

  it('tell more from fewer without colour', () => {
    expect(signShape.up).not.toBe(signShape.down)
    expect(patternPath.up).not.toBe(patternPath.down)
    const line = (id: string) => below.find((layer) => layer.id === id)?.paint as Record<string, unknown>
    expect(line('stats-edge')['line-dasharray']).toBeUndefined()
    expect(line('stats-edge-down')['line-dasharray']).toBeDefined()
  })
})
