// Clusters points by supercluster. The argument is a file of pairs of 32-bit
// integers, longitude and latitude in 1e-7 degrees. When the index is built, a line
// of JSON says what it took; then "Z X Y" on standard input is answered with
// {wallNs, cpuNs, cases, body}: the points that the tile's clusters stand for, and the
// tile as vt-pbf writes it, in base64.
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import Supercluster from 'supercluster'
import vtpbf from 'vt-pbf'

const file = readFileSync(process.argv[2])
const numbers = new Int32Array(file.buffer, file.byteOffset, file.byteLength / 4)
const features = new Array(numbers.length / 2)
for (let i = 0; i < features.length; i++) {
  const coordinates = [numbers[2 * i] / 1e7, numbers[2 * i + 1] / 1e7]
  features[i] = { type: 'Feature', properties: {}, geometry: { type: 'Point', coordinates } }
}

const measured = (work) => {
  const cpu = process.cpuUsage()
  const start = process.hrtime.bigint()
  const out = work()
  const wallNs = Number(process.hrtime.bigint() - start)
  const { user, system } = process.cpuUsage(cpu)
  return { wallNs, cpuNs: (user + system) * 1000, out }
}

// A square of wanmi's is some 32 pixels of 512 wide; so is a cluster here.
const index = new Supercluster({ radius: 32, extent: 512, maxZoom: 16 })
const { wallNs, cpuNs } = measured(() => index.load(features))
console.log(JSON.stringify({ wallNs, cpuNs, residentMB: process.memoryUsage().rss / 1e6 }))

for await (const line of createInterface({ input: process.stdin })) {
  const [z, x, y] = line.split(' ').map(Number)
  const { wallNs, cpuNs, out } = measured(() => {
    const tile = index.getTile(z, x, y)
    return tile && { tile, body: vtpbf.fromGeojsonVt({ clusters: tile }, { version: 2, extent: 512 }) }
  })
  const world = index.getClusters([-180, -85, 180, 85], z)
  const cases = world.reduce((n, c) => n + (c.properties.point_count ?? 1), 0)
  console.log(JSON.stringify({ wallNs, cpuNs, cases, clusters: out?.tile.features.length ?? 0, body: out && Buffer.from(out.body).toString('base64') }))
}
