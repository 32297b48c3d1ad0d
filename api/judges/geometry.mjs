// Reads vector tiles with the decoder that MapLibre uses and says all that is
// in them. URLs come on standard input, one a line; one line of JSON goes out for
// each, in order: {layer: [{id, type, properties, parts}]}, where the type is 1
// to 3 for points, lines and polygons, and a part a list of [x, y] in tile units.
import { createInterface } from 'node:readline'
import { VectorTile } from '@mapbox/vector-tile'
import { PbfReader } from 'pbf'

function describe(layer) {
  return Array.from({ length: layer.length }, (_, i) => {
    const feature = layer.feature(i)
    const { id, type, properties } = feature
    return { id, type, properties, parts: feature.loadGeometry().map((part) => part.map((p) => [p.x, p.y])) }
  })
}

for await (const url of createInterface({ input: process.stdin })) {
  const answer = await fetch(url)
  if (answer.status !== 200) throw new Error(`${url}: ${answer.status}`)
  const { layers } = new VectorTile(new PbfReader(new Uint8Array(await answer.arrayBuffer())))
  console.log(JSON.stringify(Object.fromEntries(Object.entries(layers).map(([name, layer]) => [name, describe(layer)]))))
}
