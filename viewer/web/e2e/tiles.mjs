// Reads the server's tiles with the reference decoder, to say which features a
// view must show.
import assert from 'node:assert/strict'
import { VectorTile } from '@mapbox/vector-tile'
import { PbfReader } from 'pbf'
import { serverURL } from './browser.mjs'

const tileOf = (lon, lat, z) => {
  const n = 2 ** z
  const sin = Math.sin((lat * Math.PI) / 180)
  return [((lon + 180) / 360) * n, (0.5 - Math.log((1 + sin) / (1 - sin)) / (4 * Math.PI)) * n]
}

/**
 * The codes of a layer's features in a view [west, south, east, north].
 * `certain`: with a vertex well inside the view, so they must be drawn;
 * `possible`: whose box touches the view with a margin for outlines and the
 * size of symbols, so nothing else may be.
 */
export async function tileFeaturesInView(id, layer, [west, south, east, north], zoom) {
  const z = Math.min(layer.maxzoom, Math.floor(zoom))
  const [left, top] = tileOf(west, north, z)
  const [right, bottom] = tileOf(east, south, z)
  // In tiles: a vertex this far inside is seen; a box this far outside is not.
  const margin = 24 / 512
  const certain = new Set()
  const possible = new Set()
  for (let x = Math.floor(left); x <= Math.floor(right); x++) {
    for (let y = Math.floor(top); y <= Math.floor(bottom); y++) {
      const features = await readTile(id, z, x, y)
      for (const { code, extent, rings } of features) {
        const points = rings.flat().map((p) => [x + p.x / extent, y + p.y / extent])
        const within = ([px, py], by) => px > left + by && px < right - by && py > top + by && py < bottom - by
        // A point in the tile's margin belongs to the neighbour, which draws it.
        const own = ([px, py]) => px >= x && px < x + 1 && py >= y && py < y + 1
        if (points.some((p) => own(p) && within(p, margin))) certain.add(code)
        const [xs, ys] = [points.map(([px]) => px), points.map(([, py]) => py)]
        if (Math.max(...xs) > left - margin && Math.min(...xs) < right + margin && Math.max(...ys) > top - margin && Math.min(...ys) < bottom + margin) {
          possible.add(code)
        }
      }
    }
  }
  return { certain, possible }
}

async function readTile(id, z, x, y) {
  const answer = await fetch(new URL(`tiles/${id}/${z}/${x}/${y}.mvt`, serverURL))
  if (answer.status === 204) return []
  assert.equal(answer.status, 200, `tile ${id}/${z}/${x}/${y}`)
  const tile = new VectorTile(new PbfReader(new Uint8Array(await answer.arrayBuffer())))
  const layer = tile.layers[id]
  if (!layer) return []
  return Array.from({ length: layer.length }, (_, index) => {
    const feature = layer.feature(index)
    return { code: feature.properties.code, extent: layer.extent, rings: feature.loadGeometry() }
  })
}
