// What lies under the city's own map: a basemap of the server, drawn as the
// server's own style of it says. The map's style knows nothing of it: layers
// come and go here, below everything of the city's, their names below its names.
import type { LayerSpecification, Map as MapLibre, SourceSpecification, StyleSpecification } from 'maplibre-gl'

/** Of the server's styles: the source of a basemap, and how its layers' names begin. */
export const basemapSource = 'basemap'

export interface Under {
  source: SourceSpecification
  layers: LayerSpecification[]
  /** Where its icons are. */
  sprite: string | null
}

/** The basemap's part of a style; null if there is none in it. */
export function underOf(style: StyleSpecification): Under | null {
  const source = style.sources[basemapSource]
  if (!source) return null
  return {
    source,
    layers: style.layers.filter((layer) => 'source' in layer && layer.source === basemapSource),
    sprite: typeof style.sprite === 'string' ? style.sprite : null,
  }
}

/** Whom to name for a source, as text: servers may send markup. */
export function attributionOf(under: Under | null): string {
  const said = under && 'attribution' in under.source ? (under.source.attribution ?? '') : ''
  return new DOMParser().parseFromString(said, 'text/html').body.textContent?.trim() ?? ''
}

/** Draws a basemap instead of the one before; null: none. */
export function drawUnder(map: MapLibre, under: Under | null): void {
  for (const { id } of map.getStyle().layers) if (id.startsWith(`${basemapSource}-`)) map.removeLayer(id)
  if (map.getSource(basemapSource)) map.removeSource(basemapSource)
  if (!under) return
  const ours = map.getStyle().layers
  // The colours of zones lie over a picture; water and green of a street map keep their own.
  const isGround = (layer: LayerSpecification): boolean =>
    layer.type === 'background' || (under.source.type === 'vector' && layer.type === 'fill' && layer['source-layer'] === 'zones')
  const first = ours.find((layer) => !isGround(layer))?.id
  const firstNames = ours.find(({ type }) => type === 'symbol')?.id
  // The sheet stays: a style without icons has none but this one.
  if (under.sprite && map.getSprite().length === 0) map.addSprite('default', under.sprite)
  map.addSource(basemapSource, under.source)
  for (const layer of under.layers) {
    map.addLayer(layer, layer.type === 'symbol' ? firstNames : first)
  }
}
