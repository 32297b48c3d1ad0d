// Makes tiles by geojson-vt and by supercluster from GeoJSON and writes them
// with vt-pbf. The arguments are the files of components, as they are drawn and
// as single positions, and of cells. When the indices are built, a line of JSON
// says how long that took; then "MAKER Z X Y" on standard input is answered with
// {wallNs, cpuNs, body}, where the body is in base64 and null without content.
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import GeoJSONVT from 'geojson-vt'
import Supercluster from 'supercluster'
import vtpbf from 'vt-pbf'

const [components, positions, cells] = process.argv.slice(2).map((path) => JSON.parse(readFileSync(path)))

// Cut beforehand down to the zoom asked for, so that a tile is only looked up
// and written.
const cut = (data) => new GeoJSONVT(data, { maxZoom: 14, indexMaxZoom: 14, indexMaxPoints: 0 })
const began = process.hrtime.bigint()
const layers = { cells: cut(cells), components: cut(components) }
const cutDone = process.hrtime.bigint()
const counts = (p) => ({ [`count_${p.major}`]: 1 })
const add = (sum, p) => {
  for (const [k, n] of Object.entries(p)) sum[k] = (sum[k] ?? 0) + n
}
// A square of wanmi's is some 64 units wide; so is a cluster here.
const clusters = new Supercluster({ radius: 64, extent: 4096, maxZoom: 13, map: counts, reduce: add }).load(positions.features)
const done = process.hrtime.bigint()

function encode(tiles) {
  const found = Object.entries(tiles).filter(([, tile]) => tile)
  return found.length === 0 ? null : vtpbf.fromGeojsonVt(Object.fromEntries(found), { version: 2, extent: 4096 })
}

const makers = {
  points: (z, x, y) => encode({ components: layers.components.getTile(z, x, y) }),
  mixed: (z, x, y) => encode({ cells: layers.cells.getTile(z, x, y), components: layers.components.getTile(z, x, y) }),
  clusters: (z, x, y) => encode({ components: clusters.getTile(z, x, y) }),
}

const world = clusters.getClusters([-180, -85, 180, 85], 10)
const sum = world.reduce((n, c) => n + (c.properties.point_count ?? 1), 0)
console.log(JSON.stringify({ cutNs: Number(cutDone - began), clusterNs: Number(done - cutDone), sum }))

for await (const line of createInterface({ input: process.stdin })) {
  const [maker, ...tile] = line.split(' ')
  const cpu = process.cpuUsage()
  const start = process.hrtime.bigint()
  const body = makers[maker](...tile.map(Number))
  const wallNs = Number(process.hrtime.bigint() - start)
  const { user, system } = process.cpuUsage(cpu)
  console.log(JSON.stringify({ wallNs, cpuNs: (user + system) * 1000, body: body && Buffer.from(body).toString('base64') }))
}
