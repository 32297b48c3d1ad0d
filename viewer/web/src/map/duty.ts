// The responsibility map: a colour, an edge and a sign for each of its layers.
import type { ExpressionSpecification, LayerSpecification, SourceSpecification } from 'maplibre-gl'
import { dutyLayers, type DutyLayer } from '../api/duty'
import { isArea, isLine, isPoint } from './base'
import type { Look } from './look'
import type { Palette, Shape } from './palette'
import { symbolName } from './shapes'

export const dutySource = (layer: DutyLayer): string => `duty-${layer}`

/** Dashes tell the layers apart without their colours; null: an unbroken line. */
export const dutyDash: Record<DutyLayer, [number, number] | null> = {
  nobody: [1.5, 1.5], overlaps: [4, 1.5], 'off-duty': [0.6, 1.4], returns: null,
}

/** The cases that a dry run would send elsewhere. */
export const runSource = 'dry-run'
export const runShape = { better: 'plus', worse: 'diamond', other: 'circle' } as const satisfies Record<string, Shape>

export const runColour = (palette: Palette): Record<keyof typeof runShape, string> => ({
  better: palette.lamp.green, worse: palette.lamp.red, other: palette.quietText,
})

export function dutySources(): Record<string, SourceSpecification> {
  return Object.fromEntries(
    [...dutyLayers.map(dutySource), runSource].map((name) => [name, { type: 'geojson', data: { type: 'FeatureCollection', features: [] } }]),
  )
}

export function runLayers(palette: Palette): LayerSpecification[] {
  const colour = runColour(palette)
  const symbol = (change: keyof typeof runShape) => symbolName(runShape[change], colour[change])
  return [
    {
      id: 'dry-run-symbol', type: 'symbol', source: runSource,
      layout: {
        'icon-image': ['match', ['get', 'change'], 'better', symbol('better'), 'worse', symbol('worse'), symbol('other')],
        'icon-size': ['interpolate', ['linear'], ['zoom'], 10, 0.3, 16, 0.75],
        'icon-allow-overlap': true,
        'icon-ignore-placement': true,
        'icon-padding': 0,
      },
    },
  ]
}

export function dutyStyle(palette: Palette, look: Look): LayerSpecification[] {
  return dutyLayers.flatMap((layer): LayerSpecification[] => {
    const colour = palette.duty[layer]
    const visibility = look.duty.has(layer) ? 'visible' : 'none'
    const dash = dutyDash[layer]
    const share: ExpressionSpecification = ['to-number', ['coalesce', ['get', 'share'], 0]]
    const width: ExpressionSpecification | number =
      layer === 'returns' ? ['interpolate', ['linear'], share, 0, 2.5, 0.3, 8] : 2
    const common = { source: dutySource(layer), layout: { visibility } as const }
    return [
      {
        ...common, id: `duty-${layer}-area`, type: 'fill', filter: isArea,
        paint: { 'fill-color': colour, 'fill-opacity': 0.28 },
      },
      {
        ...common, id: `duty-${layer}-line`, type: 'line', filter: ['any', isArea, isLine],
        layout: { visibility, 'line-join': 'round' },
        paint: { 'line-color': colour, 'line-width': width, ...(dash && { 'line-dasharray': dash }) },
      },
      {
        ...common, id: `duty-${layer}-point`, type: 'circle', filter: isPoint,
        paint: { 'circle-radius': 6, 'circle-color': colour, 'circle-stroke-color': palette.selectionHalo, 'circle-stroke-width': 1.6 },
      },
    ]
  })
}
