// Reads vector tiles with the decoder that MapLibre uses and says what is in
// them. URLs come on standard input, one a line; one line of JSON goes out for
// each, in order: {"status": 200, "layers": {name: {"types": {...}, "ids": [...]}}}.
// A sum of features has its count in place of the id, negative.
import { createInterface } from 'node:readline'
import { VectorTile } from '@mapbox/vector-tile'
import { PbfReader } from 'pbf'

const typeNames = ['unknown', 'point', 'line', 'polygon']

function describe(bytes) {
  const layers = {}
  for (const [name, layer] of Object.entries(new VectorTile(new PbfReader(bytes)).layers)) {
    const found = { types: {}, ids: [] }
    for (let i = 0; i < layer.length; i++) {
      const feature = layer.feature(i)
      const type = typeNames[feature.type]
      found.types[type] = (found.types[type] ?? 0) + 1
      const { count } = feature.properties // a sum of features, which has no id that stays
      found.ids.push(count === undefined ? (feature.id ?? 0) : -count)
      if (feature.loadGeometry().every((part) => part.length === 0)) throw new Error(`${name} ${feature.id} draws nothing`)
    }
    layers[name] = found
  }
  return layers
}

for await (const url of createInterface({ input: process.stdin })) {
  const answer = await fetch(url)
  const bytes = new Uint8Array(await answer.arrayBuffer())
  console.log(JSON.stringify({ status: answer.status, layers: answer.status === 200 ? describe(bytes) : {} }))
}
