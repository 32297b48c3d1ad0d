// The styles the server hands out, opened as anybody opens them: by their URL
// in a MapLibre of its own, in a page that has nothing else.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { after, before, describe, it } from 'node:test'
import { latest, validateStyleMin } from '@maplibre/maplibre-gl-style-spec'
import { getJSON, launch, picture, rest, serverURL } from './browser.mjs'

assert.ok(process.env.WANMI_URL, 'WANMI_URL must name a running server, such as http://127.0.0.1:8080/')

const home = new URL('maplibre/', serverURL).href
const dist = new URL('../node_modules/maplibre-gl/dist/', import.meta.url)
const html = `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><link rel="stylesheet" href="maplibre-gl.css">
<style>html,body,#map{height:100%;margin:0}</style><div id="map"></div>
<script type="module">
import { Map, setWorkerUrl } from './maplibre-gl.mjs'
setWorkerUrl(new URL('./maplibre-gl-worker.mjs', location.href).href)
window.open_ = (style, center, zoom) => {
  window.__idle = false
  window.view?.remove()
  const map = window.view = new Map({ container: 'map', style, center, zoom, fadeDuration: 0, attributionControl: false })
  map.on('idle', () => { window.__idle = true })
  map.on('error', (event) => console.error(String(event.error?.message ?? event.error)))
}
window.__ready = true
</script>`

let browser
let city
let catalogue

before(async () => {
  ;[city, catalogue] = await Promise.all([getJSON('v1/city'), getJSON('tiles.json')])
  browser = await launch()
})
after(() => browser?.close())

/** A page on the server's own origin that holds MapLibre and nothing of ours. */
async function openPage() {
  const page = await browser.newPage({ viewport: { width: 900, height: 600 } })
  const wrong = []
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) wrong.push(`console ${message.type()}: ${message.text()}`)
  })
  page.on('pageerror', (error) => wrong.push(`page error: ${error.message}`))
  page.on('request', (request) => {
    const url = new URL(request.url())
    if (!['data:', 'blob:'].includes(url.protocol) && url.origin !== serverURL.origin) wrong.push(`another host: ${url}`)
  })
  page.on('response', (response) => {
    if (response.status() >= 400) wrong.push(`${response.status()} ${response.url()}`)
  })
  await page.route(`${home}**`, async (route) => {
    const name = new URL(route.request().url()).pathname.split('/').pop()
    if (!name) return route.fulfill({ contentType: 'text/html', body: html })
    const contentType = name.endsWith('.css') ? 'text/css' : 'text/javascript'
    return route.fulfill({ contentType, body: await readFile(new URL(name, dist)) })
  })
  await page.goto(home)
  await page.waitForFunction(() => window.__ready === true)
  return { page, wrong }
}

const sets = () => ['city', ...catalogue.layers.filter((l) => l.count > 0).map((l) => l.id), 'cells,components', 'zones,cells']

describe('a style', () => {
  it('is valid for every layer and for sets of them, in light and dark', async () => {
    for (const set of sets()) {
      for (const theme of ['light', 'dark']) {
        const style = await getJSON(`styles/${set}.json?theme=${theme}`)
        assert.deepEqual(validateStyleMin(style, latest), [], `${set} ${theme}`)
      }
    }
  })

  it('is listed in the catalogue', async () => {
    for (const layer of catalogue.layers) {
      const style = await (await fetch(layer.style)).json()
      assert.equal(style.version, 8, layer.id)
    }
  })

  it('opens by its URL alone and draws what the tiles hold', async () => {
    const [west, south, east, north] = city.bounds
    const center = [(west + east) / 2, (south + north) / 2]
    const { page, wrong } = await openPage()
    for (const theme of ['light', 'dark']) {
      for (const [zoom, layers] of [[10.5, ['cells', 'components']], [12.5, ['cells', 'zones', 'components']], [15.5, ['cells', 'zones', 'components', 'base_roads']]]) {
        await page.evaluate(([url, center, zoom]) => window.open_(url, center, zoom), [new URL(`styles/city.json?theme=${theme}`, serverURL).href, center, zoom])
        await rest(page)
        const drawn = await page.evaluate(() => {
          const counts = {}
          for (const f of window.view.queryRenderedFeatures()) counts[f.sourceLayer] = (counts[f.sourceLayer] ?? 0) + 1
          return counts
        })
        for (const id of layers) {
          const described = catalogue.layers.find((layer) => layer.id === id)
          if (!described?.count || described.minzoom > Math.floor(zoom)) continue
          assert.ok(drawn[id] > 0, `${id} at zoom ${zoom}: ${JSON.stringify(drawn)}`)
        }
        await picture(page, `style-${theme}-${zoom}`)
      }
    }
    assert.deepEqual(wrong, [])
    await page.close()
  })

  it('of a whole map draws the city on its own background, without any archive', async () => {
    const [west, south, east, north] = city.bounds
    const center = [(west + east) / 2, (south + north) / 2]
    const { page, wrong } = await openPage()
    for (const [kind, zooms] of [['light', [13.5, 15.3, 17]], ['dark', [13.5, 15.3, 17]], ['imagery', [15.3]], ['blank', [15.3]]]) {
      const url = new URL(`styles/${kind}.json`, serverURL).href
      assert.deepEqual(validateStyleMin(await getJSON(`styles/${kind}.json`), latest), [], kind)
      for (const zoom of zooms) {
        await page.evaluate(([url, center, zoom]) => window.open_(url, center, zoom), [url, center, zoom])
        await rest(page)
        const drawn = await page.evaluate(() => {
          const counts = {}
          for (const { source, sourceLayer } of window.view.queryRenderedFeatures()) counts[`${source} ${sourceLayer}`] = (counts[`${source} ${sourceLayer}`] ?? 0) + 1
          return counts
        })
        const under = { light: 'basemap', dark: 'basemap', imagery: 'city' }[kind]
        assert.equal(drawn['city cells'] > 0, true, `${kind} ${zoom}: ${JSON.stringify(drawn)}`)
        for (const layer of ['base_roads', 'base_buildings']) {
          for (const source of ['basemap', 'city']) {
            const there = source === under && (layer === 'base_roads' || zoom >= 14)
            assert.equal((drawn[`${source} ${layer}`] ?? 0) > 0, there, `${kind} ${zoom}: ${source} ${layer}: ${JSON.stringify(drawn)}`)
          }
        }
        await picture(page, `map-${kind}-${zoom}`)
      }
    }
    assert.deepEqual(wrong, [])
    await page.close()
  })
})
