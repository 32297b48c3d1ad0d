// Has MapLibre open tiles by the URL of their TileJSON, from a page of another
// origin, and says what it sees. To be evaluated where playwright-core is
// installed, with the page's URL, that of the TileJSON and the views
// [[zoom, lon, lat]] as JSON on standard input; out goes
// {wrong, views: [{tiles, seen, drawn}]}: what must not happen, the tiles asked
// for, the features of each layer in them and how many are drawn.
import { readFileSync } from 'node:fs'
import { launch } from './e2e/browser.mjs'

const { home, url, views } = JSON.parse(readFileSync(0))
const browser = await launch()
const context = await browser.newContext()

/** In the page: a map with every layer of the TileJSON, until it has nothing more to draw. */
async function open({ url, view: [zoom, lon, lat] }) {
  const { vector_layers } = await (await fetch(url)).json()
  const layers = vector_layers.flatMap(({ id }) => [
    { id: `${id} areas`, type: 'fill', source: 'city', 'source-layer': id, filter: ['==', ['geometry-type'], 'Polygon'], paint: { 'fill-opacity': 0.2 } },
    { id: `${id} lines`, type: 'line', source: 'city', 'source-layer': id },
    { id: `${id} points`, type: 'circle', source: 'city', 'source-layer': id, filter: ['==', ['geometry-type'], 'Point'] },
  ])
  const map = new window.maplibre.Map({
    container: 'map', center: [lon, lat], zoom, fadeDuration: 0, attributionControl: false,
    style: { version: 8, sources: { city: { type: 'vector', url } }, layers },
  })
  const errors = []
  map.on('error', ({ error }) => errors.push(String(error)))
  // The map may rest for a moment before it has read what tiles there are.
  await new Promise((done) => map.on('idle', () => map.getSource('city').loaded() && map.areTilesLoaded() && done()))
  const count = ({ id }) => [id, map.querySourceFeatures('city', { sourceLayer: id }).length]
  const seen = Object.fromEntries(vector_layers.map(count).filter(([, n]) => n > 0))
  const drawn = map.queryRenderedFeatures().length
  map.remove()
  return { seen, drawn, errors }
}

const out = { wrong: [], views: [] }
for (const view of views) {
  const tab = await context.newPage()
  const tiles = []
  tab.on('console', (message) => message.type() === 'error' && out.wrong.push(message.text()))
  tab.on('pageerror', (error) => out.wrong.push(error.message))
  tab.on('request', (request) => request.url().includes('.mvt') && tiles.push(request.url()))
  tab.on('response', (answer) => answer.status() >= 400 && out.wrong.push(`${answer.status()} ${answer.url()}`))
  await tab.goto(home)
  await tab.waitForFunction(() => window.maplibre)
  const { seen, drawn, errors } = await tab.evaluate(open, { url, view })
  out.wrong.push(...errors)
  out.views.push({ tiles, seen, drawn })
  await tab.close()
}
await browser.close()
console.log(JSON.stringify(out))
