// The map's style as a pure function of the catalogue and the look. A change
// of theme, layers or majors builds the style anew and map/view.ts applies the
// differences, so there is one place that knows what the map looks like.
import type { LayerSpecification, SourceSpecification, StyleSpecification } from 'maplibre-gl'
import type { CatalogueLayer } from '../api/answers'
import { baseLayers, roadNames } from './base'
import { componentLayers, addressLayers } from './components'
import { cellAreas, divisionLines, divisionNames, zoneAreas } from './divisions'
import { caseLayers, caseRings, caseSumLayers, ringLayers } from './cases'
import type { Place } from './drawing'
import { dutySources, dutyStyle, runLayers } from './duty'
import { faultLayers, faultSource, pickedSource } from './faults'
import { tileSources, type Look } from './look'
import { markLayers, markSource, namesSource } from './marks'
import { paletteOf } from './palette'
import { sumLayers } from './sums'

/** Where the tiles of the layers come from: the page's own server. */
export function buildStyle(
  layers: readonly CatalogueLayer[],
  look: Look,
  tilesURL: (layers: string) => string,
): StyleSpecification {
  const palette = paletteOf(look.dark)
  const sources: Record<string, SourceSpecification> = {
    [markSource]: { type: 'geojson', data: { type: 'FeatureCollection', features: [] } },
    [faultSource]: { type: 'geojson', data: { type: 'FeatureCollection', features: [] } },
    [pickedSource]: { type: 'geojson', data: { type: 'FeatureCollection', features: [] } },
    [caseRings]: { type: 'geojson', data: { type: 'FeatureCollection', features: [] } },
    ...dutySources(),
    [namesSource]: { type: 'geojson', data: { type: 'FeatureCollection', features: [] } },
  }
  const sourceOf = new Map<string, string>()
  for (const source of tileSources(layers)) {
    sources[source.id] = {
      type: 'vector',
      tiles: [tilesURL(source.layers.join(','))],
      minzoom: source.minzoom,
      maxzoom: source.maxzoom,
      // Codes as ids: hover states then survive from tile to tile. Sums have none.
      ...(source.sums ? {} : { promoteId: promoted(source.layers) }),
    }
    if (!source.sums) for (const id of source.layers) sourceOf.set(id, source.id)
  }

  const place: Place = (sourceLayer, drawings) => {
    const source = sourceOf.get(sourceLayer)
    if (source === undefined) return []
    const visibility = look.shown.has(sourceLayer) ? 'visible' : 'none'
    return drawings.map(
      (drawing) =>
        ({
          ...drawing,
          source,
          'source-layer': sourceLayer,
          layout: { ...(drawing['layout'] as object | undefined), visibility },
        }) as unknown as LayerSpecification,
    )
  }

  return {
    version: 8,
    name: 'wanmi',
    sources,
    // No `glyphs`: map/view.ts adds the server's. Without any MapLibre draws all text with
    // the machine's own fonts.
    transition: { duration: 0, delay: 0 },
    layers: [
      { id: 'land', type: 'background', paint: { 'background-color': palette.land } },
      // Zones lie under the base map: it keeps its own colours, and the open
      // land and the band along the border say which zone it is.
      ...zoneAreas(look.overPicture ? { ...palette, zoneFill: palette.zoneFill / 3 } : palette, place),
      ...baseLayers(palette, place),
      ...cellAreas(palette, place),
      ...divisionLines(palette, place),
      ...dutyStyle(palette, look),
      ...componentLayers(palette, look, place),
      ...sumLayers(palette, look, layers),
      ...roadNames(palette, place),
      ...markLayers(palette),
      ...addressLayers(palette, place),
      ...divisionNames(palette, look),
      ...runLayers(palette),
      ...caseSumLayers(palette, look, layers),
      ...ringLayers(palette, look),
      ...caseLayers(palette, look, place),
      ...faultLayers(palette),
    ],
  }
}

function promoted(layers: readonly string[]): Record<string, string> {
  return Object.fromEntries(layers.filter((id) => !id.startsWith('base_') && id !== 'addresses').map((id) => [id, 'code']))
}
