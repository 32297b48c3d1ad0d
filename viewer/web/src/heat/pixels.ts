// Which pixel of which tile a place is in, and what number it has.
import type { LonLat } from '../api/answers'
import type { Decode } from '../api/heat'

export const tileSize = 256

export interface Pixel {
  z: number
  x: number
  y: number
  column: number
  row: number
}

/** The place's share of the world from the west and the north, in Web Mercator. */
function share({ lon, lat }: LonLat): [number, number] {
  const sin = Math.sin((lat * Math.PI) / 180)
  return [lon / 360 + 0.5, 0.5 - Math.log((1 + sin) / (1 - sin)) / (4 * Math.PI)]
}

export function pixelAt(at: LonLat, z: number): Pixel {
  const world = tileSize * 2 ** z
  const [u, v] = share(at).map((part) => Math.min(Math.max(Math.floor(part * world), 0), world - 1)) as [number, number]
  return { z, x: Math.floor(u / tileSize), y: Math.floor(v / tileSize), column: u % tileSize, row: v % tileSize }
}

/** The middle of a pixel, to the decimals that the server reads. */
export function middleOf({ z, x, y, column, row }: Pixel): LonLat {
  const world = tileSize * 2 ** z
  const lon = ((x * tileSize + column + 0.5) / world - 0.5) * 360
  const lat = (Math.atan(Math.sinh(Math.PI * (1 - (2 * (y * tileSize + row + 0.5)) / world))) * 180) / Math.PI
  return { lon: Number(lon.toFixed(7)), lat: Number(lat.toFixed(7)) }
}

/** The tiles that meet a box of degrees, at most so many. */
export function tilesIn([west, south, east, north]: readonly [number, number, number, number], z: number, most: number): { z: number; x: number; y: number }[] {
  const [a, b] = [pixelAt({ lon: west, lat: north }, z), pixelAt({ lon: east, lat: south }, z)]
  const out: { z: number; x: number; y: number }[] = []
  for (let y = a.y; y <= b.y; y++) for (let x = a.x; x <= b.x && out.length < most; x++) out.push({ z, x, y })
  return out
}

/** The zoom of the tiles that a map draws at a zoom of its own: its tiles are of 512. */
export const tileZoom = (mapZoom: number, most: number): number => Math.min(Math.max(Math.round(mapZoom + 1), 0), most)

export const decoded = (data: Uint8ClampedArray, { column, row }: Pixel, { r, g, b, shift }: Decode): number => {
  const at = 4 * (row * tileSize + column)
  return (data[at] ?? 0) * r + (data[at + 1] ?? 0) * g + (data[at + 2] ?? 0) * b - shift
}

/** The last number that a tile can tell: what is above it is told as this. */
export const isFull = (data: Uint8ClampedArray, { column, row }: Pixel): boolean => {
  const at = 4 * (row * tileSize + column)
  return 256 * (data[at + 1] ?? 0) + (data[at + 2] ?? 0) >= 4095
}
