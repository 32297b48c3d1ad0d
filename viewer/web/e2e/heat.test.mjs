// Heat in a real browser: looks cost no request, and the number under the pointer is the
// legend's, the tile's and the server's.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { accessible } from './access.mjs'
import { getJSON, launch, openViewer, picture, rest, serverURL } from './browser.mjs'
import { allCases, counting, painted, patienceMs, period, periodWords, ready } from './heat.mjs'

assert.ok(process.env.WANMI_URL, 'WANMI_URL must name a running demo, such as http://127.0.0.1:8080/')

const places = 24

let browser
let city

before(async () => {
  city = await getJSON('v1/city')
  await allCases()
  browser = await launch()
})
after(() => browser?.close())

/** Pixels of a picture, by name "x,y". */
async function pixelsOf(page, points) {
  const shot = (await page.screenshot()).toString('base64')
  return page.evaluate(
    async ([shot, points]) => {
      const bytes = Uint8Array.from(atob(shot), (letter) => letter.charCodeAt(0))
      const image = await createImageBitmap(new Blob([bytes], { type: 'image/png' }))
      const canvas = new OffscreenCanvas(image.width, image.height)
      const context = canvas.getContext('2d', { willReadFrequently: true })
      context.drawImage(image, 0, 0)
      return points.map(({ x, y }) => [...context.getImageData(x, y, 1, 1).data].slice(0, 3))
    },
    [shot, points],
  )
}

/** The numbers of the pixels around a place, read from the tile by the legend alone. */
const tileNumbers = (page, words, legend, at) =>
  page.evaluate(
    async ([base, words, { decode }, { lon, lat }]) => {
      const z = Math.min(18, Math.round(window.wanmi.map.getZoom() + 1))
      const sin = Math.sin((lat * Math.PI) / 180)
      const world = 256 * 2 ** z
      const u = (lon / 360 + 0.5) * world
      const v = (0.5 - Math.log((1 + sin) / (1 - sin)) / (4 * Math.PI)) * world
      const near = []
      for (const dy of [-1, 0, 1]) {
        for (const dx of [-1, 0, 1]) {
          const [px, py] = [Math.floor(u) + dx, Math.floor(v) + dy]
          const [x, y] = [Math.floor(px / 256), Math.floor(py / 256)]
          window.__pictures ??= new Map()
          const url = `${base}heat/${z}/${x}/${y}.png?${words}`
          if (!window.__pictures.has(url)) {
            const answer = await fetch(url)
            if (answer.status === 204) window.__pictures.set(url, null)
            else {
              const image = await createImageBitmap(await answer.blob(), { colorSpaceConversion: 'none', premultiplyAlpha: 'none' })
              const context = new OffscreenCanvas(256, 256).getContext('2d', { willReadFrequently: true })
              context.drawImage(image, 0, 0)
              window.__pictures.set(url, context.getImageData(0, 0, 256, 256).data)
            }
          }
          const data = window.__pictures.get(url)
          const i = 4 * ((py - 256 * y) * 256 + (px - 256 * x))
          near.push(data ? data[i] * decode.r + data[i + 1] * decode.g + data[i + 2] * decode.b - decode.shift : 0)
        }
      }
      return { here: near[4], near }
    },
    [serverURL.href, words, legend, at],
  )

describe('the look of heat', () => {
  it('changes palette, scale, classes, threshold and opacity without a request', async () => {
    const { page, clean } = await openViewer(browser, `#heat=${period}`)
    await ready(page)
    const requests = counting(page)
    let [before] = await painted(page)
    const changes = async (what, act) => {
      await act()
      await rest(page)
      const now = await painted(page)
      assert.equal(now.length, 1, what)
      assert.notDeepEqual([now[0].colour, now[0].opacity], [before.colour, before.opacity], `${what}: the map is painted as before`)
      assert.deepEqual(now[0].source, before.source, `${what}: the tiles are others`)
      before = now[0]
    }
    for (const palette of ['viridis', 'cividis', 'inferno']) {
      await changes(palette, () => page.click(`[data-test=heat-look] label:has([value=${palette}])`))
    }
    for (const scale of ['linear', 'log', 'quantile', 'head_tail', 'jenks']) {
      await changes(scale, () => page.selectOption('[data-test=heat-scale]', scale))
    }
    for (const classes of ['4', '9']) await changes(`${classes} classes`, () => page.selectOption('[data-test=heat-classes]', classes))
    await changes('smooth', () => page.click('[data-test=heat-smooth]'))
    await changes('reversed', () => page.click('[data-test=heat-reverse]'))
    for (const threshold of ['40', '90']) await changes(`threshold ${threshold}`, () => page.fill('[data-test=heat-threshold]', threshold))
    await changes('opacity', () => page.fill('[data-test=heat-opacity]', '40'))
    await changes('reversed again', () => page.click('[data-test=heat-reverse]'))
    await changes('the theme', () => page.click('[data-test=theme-dark]'))
    assert.deepEqual(requests, [], 'a change of the look asked the server')

    // What the link carries, once the slider rests, is what a reader of it sees.
    const [shown] = await painted(page)
    await page.waitForFunction(() => location.hash.includes('opacity:40') && location.hash.includes('theme=dark'), null, { timeout: patienceMs })
    await page.reload()
    await ready(page)
    const [again] = await painted(page)
    assert.deepEqual([again.colour, again.opacity], [shown.colour, shown.opacity])
    await clean()
  })
})

describe('the number under the pointer', () => {
  for (const [name, words, items, zoom] of [
    ['density', periodWords, period, ''],
    ['density near by', `${periodWords}&bandwidth_m=50`, `${period},bandwidth_m:50`, 15.3],
    ['difference', `${periodWords}&mode=difference`, `${period},mode:difference`, ''],
  ]) {
    it(`is the tile's, the legend's and the server's: ${name}`, async () => {
      const [west, south, east, north] = city.bounds
      const camera = zoom ? `z=${zoom}&c=${(west + east) / 2},${(south + north) / 2}&` : ''
      // Nothing else is drawn, so that a pixel has the colour of heat alone.
      const { page, clean } = await openViewer(browser, `#${camera}layers=&heat=${items},opacity:100`)
      await ready(page)
      const { legend } = await getJSON(`heat.json?${words}`)
      const told = await page.$eval('[data-test=heat-legend]', ({ dataset }) => ({ ...dataset }))
      assert.equal(Number(told.min), legend.min)
      assert.equal(Number(told.max), legend.max)
      assert.equal(Number(told.quantum), legend.quantum)
      assert.equal(Number(await page.getAttribute('[data-test=heat-n]', 'data-n')), legend.n)
      const rows = await page.$$eval('[data-class]', (rows) => rows.map(({ dataset }) => ({ from: Number(dataset.from), to: Number(dataset.to), colour: dataset.colour })))
      assert.ok(rows.length >= 3, `${rows.length} classes`)

      const box = await page.locator('[data-test=map]').boundingBox()
      const checked = []
      for (let i = 0; checked.length < places && i < 400; i++) {
        // A sequence that covers the map evenly.
        const x = Math.round(box.x + box.width * (0.12 + 0.76 * ((i * 0.7548776662) % 1)))
        const y = Math.round(box.y + box.height * (0.12 + 0.76 * ((i * 0.5698402910) % 1)))
        await page.mouse.move(x, y)
        const reading = await page.waitForFunction(
          ([x, y]) => {
            const { value, lon, lat } = document.querySelector('[data-test=heat-reading]').dataset
            if (value === undefined) return null
            const box = window.wanmi.map.getCanvas().getBoundingClientRect()
            const at = window.wanmi.map.project([Number(lon), Number(lat)])
            return Math.hypot(at.x + box.x - x, at.y + box.y - y) < 8 ? { value: Number(value), lon: Number(lon), lat: Number(lat) } : null
          },
          [x, y], { timeout: patienceMs },
        ).then((handle) => handle.jsonValue())
        if (Math.abs(reading.value) < 2 * legend.quantum) continue // outside the city
        const tile = await tileNumbers(page, words, legend, reading)
        const server = await getJSON(`heat/value?${words}&lon=${reading.lon}&lat=${reading.lat}`)
        if (server.value === null || server.place.status !== 'inside') continue
        const where = `${name} at ${reading.lon}, ${reading.lat}`
        assert.ok(Math.abs(reading.value - tile.here) < 1e-9 * (1 + Math.abs(tile.here)), `${where}: ${reading.value} is told, the tile has ${tile.here}`)
        assert.ok(Math.abs(reading.value - server.value) <= legend.quantum, `${where}: ${reading.value} is told, the server says ${server.value}, quantum ${legend.quantum}`)
        const row = rows.find(({ from }) => reading.value >= from - legend.quantum * 1e-6)
        const even = tile.near.every((value) => rows.find(({ from }) => value >= from - legend.quantum * 1e-6) === row)
        checked.push({ x, y, where, value: reading.value, server: server.value, row, even })
      }
      assert.equal(checked.length, places, 'too few places have a number')
      await page.mouse.move(5, 5)
      await rest(page)
      const colours = await pixelsOf(page, checked)
      let coloured = 0
      checked.forEach(({ where, value, row, even }, i) => {
        if (!even) return // a border of two classes runs through it
        coloured++
        const want = [1, 3, 5].map((at) => parseInt(row.colour.slice(at, at + 2), 16))
        const away = Math.max(...want.map((part, c) => Math.abs(part - colours[i][c])))
        assert.ok(away <= 2, `${where}: ${value} is drawn as ${colours[i]}, the legend has ${want}`)
      })
      assert.ok(coloured >= places / 2, `only ${coloured} places lie within one class`)
      const worst = Math.max(...checked.map(({ value, server }) => Math.abs(value - server) / legend.quantum))
      console.log(`${name}: ${checked.length} places, at most ${worst.toFixed(3)} quantum from /heat/value; ${coloured} colours are the legend's`)
      await clean()
    })
  }

  it('is what a click explains, with its cases', async () => {
    const { page, clean } = await openViewer(browser, `#heat=${period}`)
    await ready(page)
    const box = await page.locator('[data-test=map]').boundingBox()
    const [x, y] = [Math.round(box.x + box.width * 0.42), Math.round(box.y + box.height * 0.5)]
    await page.mouse.move(x, y)
    await page.waitForSelector('[data-test=heat-reading][data-value]', { timeout: patienceMs })
    const read = await page.$eval('[data-test=heat-reading]', ({ dataset }) => ({ ...dataset }))
    await page.mouse.click(x, y)
    await page.waitForSelector('[data-test=heat-why][data-state=ready]', { timeout: patienceMs })
    const why = await page.$eval('[data-test=heat-why]', ({ dataset }) => ({ ...dataset }))
    const { legend, ...server } = await getJSON(`heat/value?${periodWords}&lon=${why.lon}&lat=${why.lat}`)
    assert.deepEqual([why.lon, why.lat], [read.lon, read.lat], 'the click is explained beside the pixel that was pointed at')
    assert.ok(Math.abs(Number(why.value) - Number(read.value)) <= legend.quantum)
    assert.equal(Number(why.value), server.value)
    assert.equal(Number(await page.getAttribute('[data-test=heat-change]', 'data-p')), server.comparison.p)
    assert.equal((await page.$$('[data-test=heat-why] [data-case]')).length, server.cases.length)
    await accessible(page, '[data-test=heat-why]', 'a place explained')
    await picture(page, 'heat-explain-zh')
    assert.match(page.url(), /at:\d/)
    await page.click('[data-test=heat-why] [data-case]')
    await page.waitForSelector(`[data-id="${server.cases[0].case.id}"]`, { timeout: patienceMs })
    await clean()
  })
})

describe('the filter of heat', () => {
  it('has the counts of the server beside its options, and what is chosen is what counts', async () => {
    const { page, clean } = await openViewer(browser, `#heat=${period}`)
    await ready(page)
    const all = await getJSON(`heat/facets?${periodWords}`)
    const events = all.facets.kind.find(({ value }) => value === 'event').n
    await page.click('[data-member=kind] label:has([value=event])')
    await page.waitForFunction((n) => document.querySelector('[data-test=heat-n]').dataset.n === String(n), events, { timeout: patienceMs })
    await ready(page)
    const { facets } = await getJSON(`heat/facets?${periodWords}&kind=event`)
    const [patrol] = facets.source
    await page.click(`[data-member=source] [data-value=${patrol.value}]`)
    await page.waitForFunction((n) => document.querySelector('[data-test=heat-n]').dataset.n === String(n), patrol.n, { timeout: patienceMs })
    await accessible(page, '[data-test=heat]', 'heat')
    assert.match(page.url(), /kind:event/)
    await page.goBack()
    await page.goForward()
    await page.click('[data-test=heat-clear]')
    await page.waitForFunction((n) => document.querySelector('[data-test=heat-n]').dataset.n === String(n), all.n, { timeout: patienceMs })
    await clean()
  })

  it('says of a ratio what it is of, and how many times as much a class is', async () => {
    const { page, clean } = await openViewer(browser, `#heat=${period},mode:sources`)
    await ready(page)
    const { legend } = await getJSON(`heat.json?${periodWords}&mode=sources`)
    const count = (n) => new Intl.NumberFormat('zh-CN').format(n)
    assert.equal(await page.innerText('[data-test=heat-n]'), `公众 ${count(legend.n)} 件`)
    const said = (await page.innerText('[data-test=heat-legend]')).replace(/\s+/g, ' ')
    assert.ok(said.includes(`巡查 ${count(legend.against.n)} 件`), said)
    assert.match(said, /公众为巡查的/)
    assert.match(said, /×\d/)
    await clean()
  })

  it('says so where no case meets it', async () => {
    const { page, clean } = await openViewer(browser, '#lang=en&heat=from:1999-01-01,to:1999-02-01')
    await page.waitForSelector('[data-test=heat-empty]', { timeout: patienceMs })
    await rest(page)
    await clean()
  })
})

describe('a narrow screen', () => {
  it('shows the city above the panel, and a place explained over it', async () => {
    const { page, clean } = await openViewer(browser, `#lang=en&heat=${period}`, { viewport: { width: 390, height: 844 } })
    await ready(page)
    const top = await page.$eval('[data-test=heat]', (panel) => panel.getBoundingClientRect().top)
    const [west, south, east, north] = city.bounds
    const at = await page.evaluate(
      (middle) => {
        const { x, y } = window.wanmi.map.project(middle)
        const box = window.wanmi.map.getCanvas().getBoundingClientRect()
        return { x: box.x + x, y: box.y + y }
      },
      [(west + east) / 2, (south + north) / 2],
    )
    assert.ok(at.y < top, `the middle of the city is at ${at.y}, the panel begins at ${top}`)
    await page.mouse.click(at.x, at.y)
    await page.waitForSelector('[data-test=heat-why][data-state=ready]', { timeout: patienceMs })
    await accessible(page, '[data-test=heat-why]', 'a place explained on a narrow screen')
    await clean()
  })
})

describe('other forms', () => {
  it('count by squares and by areas what the server counts', async () => {
    const { page, clean } = await openViewer(browser, `#lang=en&theme=dark&heat=${period},form:clusters`)
    await ready(page)
    const { n } = await getJSON(`heat/facets?${periodWords}`)
    const seen = await page.evaluate(() => {
      const found = new Map()
      for (const { geometry, properties } of window.wanmi.map.querySourceFeatures('heat-clusters', { sourceLayer: 'clusters' })) {
        found.set(geometry.coordinates.map((part) => part.toFixed(5)).join(), Number(properties.count))
      }
      return [...found.values()].reduce((sum, one) => sum + one, 0)
    })
    assert.equal(seen, n)
    await page.click('[data-form=areas]')
    await page.waitForSelector('[data-test=heat-areas][data-state=ready]', { timeout: patienceMs })
    await rest(page)
    const { areas } = await getJSON(`heat/areas?by=zone&${periodWords}`)
    const box = await page.locator('[data-test=map]').boundingBox()
    await page.mouse.move(Math.round(box.x + box.width / 2), Math.round(box.y + box.height / 2))
    const tip = await page.waitForSelector('[data-test=heat-tip]', { timeout: patienceMs }).then((found) => found.innerText())
    assert.ok(areas.some(({ name, code, n }) => tip.startsWith(name || code) && tip.includes(`${new Intl.NumberFormat('en').format(n)} cases`)), tip)
    const told = await page.$$eval('[data-area]', (rows) => rows.map(({ dataset }) => [dataset.area, Number(dataset.n)]))
    assert.deepEqual(new Map(told), new Map(areas.map(({ code, n }) => [code, n])))
    await accessible(page, '[data-test=heat]', 'areas, dark, English')
    await clean()
  })
})
