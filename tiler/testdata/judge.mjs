// Reads vector tiles with the decoder that MapLibre uses and says all that is
// in them. Tiles come on standard input in base64, one a line; a line of JSON
// goes out for each: {layer: [{id, type, properties, parts}]}. The parts are
// points, lines, or polygons as lists of closed rings.
import { createInterface } from 'node:readline'
import { classifyRings, VectorTile } from '@mapbox/vector-tile'
import { PbfReader } from 'pbf'

const pair = (p) => [p.x, p.y]

function parts(feature) {
  const lines = feature.loadGeometry()
  if (feature.type === 1) return lines.map((line) => pair(line[0]))
  if (feature.type === 2) return lines.map((line) => line.map(pair))
  return classifyRings(lines).map((rings) => rings.map((ring) => ring.map(pair)))
}

for await (const line of createInterface({ input: process.stdin })) {
  const layers = {}
  for (const [name, layer] of Object.entries(new VectorTile(new PbfReader(Buffer.from(line, 'base64'))).layers)) {
    layers[name] = []
    for (let i = 0; i < layer.length; i++) {
      const f = layer.feature(i)
      layers[name].push({ id: f.id, type: f.type, properties: f.properties, parts: parts(f) })
    }
  }
  console.log(JSON.stringify(layers))
}
