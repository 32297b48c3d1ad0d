// What the viewer itself puts on the map: the cell found, the component, the
// position asked about. One GeoJSON source, told apart by the property `mark`.
import type { LayerSpecification } from 'maplibre-gl'
import type { Palette } from './palette'

export const markSource = 'marks'
export const namesSource = 'names'
export type Mark = 'cell' | 'near-cell' | 'component' | 'position'

export function markLayers(palette: Palette): LayerSpecification[] {
  const is = (mark: Mark) => ['==', ['get', 'mark'], mark] as ['==', ['get', string], string]
  return [
    {
      id: 'mark-cell-area', type: 'fill', source: markSource, filter: is('cell'),
      paint: { 'fill-color': palette.selection, 'fill-opacity': 0.08 },
    },
    {
      id: 'mark-cell-halo', type: 'line', source: markSource, filter: is('cell'),
      layout: { 'line-join': 'round' },
      paint: { 'line-color': palette.selectionHalo, 'line-width': 6, 'line-opacity': 0.75 },
    },
    {
      id: 'mark-cell-line', type: 'line', source: markSource, filter: is('cell'),
      layout: { 'line-join': 'round' },
      paint: { 'line-color': palette.selection, 'line-width': 2.6 },
    },
    {
      id: 'mark-near-cell-line', type: 'line', source: markSource, filter: is('near-cell'),
      layout: { 'line-join': 'round' },
      paint: { 'line-color': palette.selection, 'line-width': 2.2, 'line-dasharray': [2, 1.5] },
    },
    {
      id: 'mark-component', type: 'circle', source: markSource, filter: is('component'),
      paint: {
        'circle-radius': 11, 'circle-opacity': 0,
        'circle-stroke-color': palette.selection, 'circle-stroke-width': 2.2,
      },
    },
    {
      id: 'mark-position-ring', type: 'circle', source: markSource, filter: is('position'),
      paint: {
        'circle-radius': 7, 'circle-color': palette.selection,
        'circle-stroke-color': palette.selectionHalo, 'circle-stroke-width': 2.5,
      },
    },
    {
      id: 'mark-position-dot', type: 'circle', source: markSource, filter: is('position'),
      paint: { 'circle-radius': 2.2, 'circle-color': palette.selectionHalo },
    },
  ]
}
