// What the parts of the style give, and how they are bound to the tiles of the city.
import type { LayerSpecification } from 'maplibre-gl'

/** A style layer without its source: `Place` fills that in from the catalogue. */
export type Drawing = { id: string } & Record<string, unknown>

/** Binds drawings to the tiles of one layer; none if the city lacks it. */
export type Place = (sourceLayer: string, drawings: Drawing[]) => LayerSpecification[]
