// Compares an archive, read with the library that maps read it with, with the
// server it was exported from: node read.mjs ARCHIVE URL/OF/TILES. Every tile of the
// archive's zooms over its bounds, with a border of one around, must be the same
// bytes, and be missing where the server has nothing. Prints what it saw.
import { open } from 'node:fs/promises'
import { PMTiles } from 'pmtiles'

const [path, base] = process.argv.slice(2)
const file = await open(path)
const source = {
  getKey: () => path,
  async getBytes(offset, length) {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, offset)
    return { data: buffer.buffer.slice(buffer.byteOffset, buffer.byteOffset + bytesRead) }
  },
}
const archive = new PMTiles(source)
const header = await archive.getHeader()
const metadata = await archive.getMetadata()

const column = (lon, z) => Math.floor(((lon + 180) / 360) * 2 ** z)
const row = (lat, z) => Math.floor((0.5 - Math.asinh(Math.tan((lat * Math.PI) / 180)) / (2 * Math.PI)) * 2 ** z)

const seen = { tiles: 0, empty: 0, bytes: 0 }
for (let z = header.minZoom; z <= header.maxZoom; z++) {
  const last = 2 ** z - 1
  for (let x = Math.max(0, column(header.minLon, z) - 1); x <= Math.min(last, column(header.maxLon, z) + 1); x++) {
    for (let y = Math.max(0, row(header.maxLat, z) - 1); y <= Math.min(last, row(header.minLat, z) + 1); y++) {
      const [tile, answer] = await Promise.all([archive.getZxy(z, x, y), fetch(`${base}/${z}/${x}/${y}.mvt`)])
      const body = Buffer.from(await answer.arrayBuffer())
      if (answer.status !== 200 && answer.status !== 204) throw new Error(`${z}/${x}/${y}: status ${answer.status}`)
      if ((answer.status === 204) !== (tile === undefined)) throw new Error(`${z}/${x}/${y}: ${answer.status}, in the archive: ${tile !== undefined}`)
      if (!tile) {
        seen.empty++
        continue
      }
      if (!body.equals(Buffer.from(tile.data))) throw new Error(`${z}/${x}/${y}: ${tile.data.byteLength} bytes, the server has ${body.length}`)
      seen.tiles++
      seen.bytes += body.length
    }
  }
}
console.log(JSON.stringify({ ...seen, addressed: header.numAddressedTiles, layers: metadata.vector_layers.map(({ id }) => id), name: metadata.name, clustered: header.clustered, tileType: header.tileType }))
