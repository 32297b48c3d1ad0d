// Whether a change is near a place: by the tiles it names, so that an answer on
// the page is asked for again only when it may be another.
import type { LonLat } from '../api/answers'
import type { DirtyTiles } from './stream'

/** Tiles of this zoom are about 500 m wide in mid latitudes. */
const zoom = 16
/** A neighbour's change counts this far into the next tile: more than "nearest" looks around. */
const marginTiles = 0.15

export function touches(dirty: DirtyTiles, { lon, lat }: LonLat): boolean {
  const n = 2 ** zoom
  const sin = Math.sin((lat * Math.PI) / 180)
  const x = ((lon + 180) / 360) * n
  const y = (0.5 - Math.log((1 + sin) / (1 - sin)) / (4 * Math.PI)) * n
  const near = (at: number, tile: number) => at > tile - marginTiles && at < tile + 1 + marginTiles
  return Object.values(dirty).some((ids) =>
    ids.some((id) => {
      const [z, tx = NaN, ty = NaN] = id.split('/').map(Number)
      return z === zoom && near(x, tx) && near(y, ty)
    }),
  )
}
