// The viewer follows the city: an edit made over HTTP, as another program makes
// it, is on the map at once, by fetching nothing but the tiles it touched.
import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { after, before, describe, it } from 'node:test'
import { getJSON, launch, openViewer, picture, rest, serverURL, settled } from './browser.mjs'

assert.ok(process.env.WANMI_URL, 'WANMI_URL must name a running demo, such as http://127.0.0.1:8080/')

const patienceMs = 30_000
let browser
let city
let middle

before(async () => {
  city = await getJSON('v1/city')
  const [west, south, east, north] = city.bounds
  middle = [(west + east) / 2, (south + north) / 2].map((degrees) => Number(degrees.toFixed(6)))
  browser = await launch()
})
after(() => browser?.close())

/** A component that is a point, the n-th nearest to the middle of the city. */
async function point(n) {
  const { features } = await getJSON(`v1/nearest?lon=${middle[0]}&lat=${middle[1]}&layer=components&k=60&radius_m=3000`)
  const points = features.filter(({ geometry }) => geometry.type === 'Point')
  assert.ok(points.length > n, `the city has ${points.length} components that are points near its middle`)
  return points[n]
}

/** What curl would do, with the demo's token. */
async function edit(code, change) {
  const answer = await fetch(new URL(`v1/components/${encodeURIComponent(code)}`, serverURL), {
    method: 'PATCH',
    headers: { Authorization: 'Bearer demo', 'Content-Type': 'application/json' },
    body: JSON.stringify(change),
  })
  assert.equal(answer.status, 200, await answer.text())
}

/** East by some metres. */
const moved = ([lon, lat], metres) => [Number((lon + metres / (111_320 * Math.cos((lat * Math.PI) / 180))).toFixed(7)), lat]

/** Listens as any client may; `next()` is the tiles that the next edit touched, as the viewer's paths name them. */
async function listener() {
  const stop = new AbortController()
  const answer = await fetch(new URL('v1/stream', serverURL), { signal: stop.signal })
  const pieces = answer.body.pipeThrough(new TextDecoderStream()).getReader()
  let text = (await pieces.read()).value // the first beat: it listens
  return {
    async next() {
      for (;;) {
        const data = /event: tiles\n(?:id: .*\n)?data: (.*)\n\n/.exec(text)
        if (data) {
          text = text.slice(data.index + data[0].length)
          const { layers } = JSON.parse(data[1])
          return new Set(Object.entries(layers).flatMap(([layer, ids]) => ids.map((id) => `${layer}/${id}`)))
        }
        text += (await pieces.read()).value
      }
    },
    close: () => stop.abort(),
  }
}

/** The tiles a page asks for from now on, "components/14/1/2", with when. */
function tileLog(page) {
  const log = []
  page.on('request', (request) => {
    const path = /\/tiles\/(.*)\.mvt$/.exec(request.url())?.[1]
    if (path) log.push({ path, at: performance.now() })
  })
  return log
}

/** Waits until the map draws the component there, to the decimetre. */
function drawnAt(page, code, [lon, lat]) {
  return page.waitForFunction(
    ([code, lon, lat]) =>
      window.wanmi.map
        .queryRenderedFeatures({ layers: ['components-symbol'] })
        .some(({ properties, geometry }) => properties.code === code && Math.abs(geometry.coordinates[0] - lon) < 4e-6 && Math.abs(geometry.coordinates[1] - lat) < 4e-6),
    [code, lon, lat],
    { timeout: patienceMs, polling: 'raf' },
  )
}

describe('an edit made over HTTP', () => {
  it('is drawn by fetching only the tiles it touched, and no frame lacks a layer', async () => {
    const { geometry, properties } = await point(0)
    const [lon, lat] = geometry.coordinates
    const { page, clean } = await openViewer(browser, `#z=17.5&c=${lon},${lat}`)
    const stream = await listener()
    const times = []
    let to = [lon, lat]
    for (let round = 0; round < 5; round++) {
      const log = tileLog(page)
      await watchFrames(page)
      const shots = await screenshots(page, `live-${round}`)
      to = moved([lon, lat], round % 2 === 0 ? 12 : 0)
      const sent = performance.now()
      await edit(properties.code, { lon: to[0], lat: to[1] })
      const answered = performance.now()
      const dirty = await stream.next()
      await drawnAt(page, properties.code, to)
      const shown = performance.now()
      await rest(page)
      await shots.stop()

      const { frames, differing } = await page.evaluate(() => window.__frames)
      assert.ok(frames > 0 && differing > 0, 'there were frames, and the symbol moved in them')
      // A symbol and the names around it; a layer that is gone for a frame is far more.
      assert.ok(differing < 0.004, `${(100 * differing).toFixed(2)} % of a frame differ from the map before`)
      const asked = log.map(({ path }) => path)
      assert.deepEqual(asked.filter((path) => !dirty.has(path)), [], 'tiles that the edit did not touch were fetched')
      assert.ok(asked.length > 0 && asked.length === new Set(asked).size, `fetched: ${asked}`)
      assert.ok(log.every(({ at }) => at >= sent && at <= shown), 'asked for after the edit was sent, before it was shown')
      times.push(Math.round(shown - answered))
      console.log(`# edit ${round}: shown ${times.at(-1)} ms after the answer, ${asked.length} of ${dirty.size} dirty tiles fetched, ${frames} frames, ${(100 * differing).toFixed(3)} % of pixels differ at most`)
      page.removeAllListeners('request')
    }
    stream.close()
    times.sort((a, b) => a - b)
    console.log(`# an edit is shown ${times[2]} ms after its answer (median of 5, slowest ${times[4]} ms)`)
    if (to[0] !== lon) await edit(properties.code, { lon, lat })
    await clean()
  })

  it('is there when the map comes back to a tile that was out of view', async () => {
    const { geometry, properties } = await point(1)
    const at = geometry.coordinates
    const { page, clean } = await openViewer(browser, `#z=18&c=${at[0]},${at[1]}`)
    const go = async ([lon, lat]) => {
      await page.evaluate(([lon, lat]) => window.wanmi.map.jumpTo({ center: [lon, lat] }), [lon, lat])
      await rest(page)
    }
    await go(moved(at, 900))
    const log = tileLog(page)
    const to = moved(at, 9)
    await edit(properties.code, { lon: to[0], lat: to[1] })
    await rest(page)
    assert.deepEqual(log.map(({ path }) => path), [], 'what is out of view is not fetched')
    await go(at)
    await drawnAt(page, properties.code, to)
    await edit(properties.code, { lon: at[0], lat: at[1] })
    await drawnAt(page, properties.code, at)
    await clean()
  })

  it('is told by the open panel, without a word of loading and without moving the map', async () => {
    const { geometry, properties } = await point(2)
    const [lon, lat] = geometry.coordinates
    const hash = `#z=18&c=${lon},${lat}&at=${lon},${lat}&component=${encodeURIComponent(properties.code)}`
    const { page, clean } = await openViewer(browser, hash)
    await settled(page)
    await page.evaluate(() => {
      window.__loading = 0
      new MutationObserver(() => {
        if (document.querySelector('[data-test=place] [aria-busy]')) window.__loading++
      }).observe(document.querySelector('[data-test=place]'), { subtree: true, childList: true, attributes: true })
    })
    const camera = await page.evaluate(() => window.wanmi.map.getCenter().toArray())
    const state = properties.state === '完好' ? '破损' : '完好'
    await edit(properties.code, { state })
    await page.waitForSelector(`[data-test=place] [data-field=state][data-value="${state}"]`, { timeout: patienceMs })
    await rest(page)
    assert.equal(await page.evaluate(() => window.__loading), 0)
    assert.deepEqual(await page.evaluate(() => window.wanmi.map.getCenter().toArray()), camera)
    await edit(properties.code, { state: properties.state })
    await page.waitForSelector(`[data-test=place] [data-field=state][data-value="${properties.state}"]`, { timeout: patienceMs })
    await clean()
  })

  it('that was missed while the line was down is shown when it stands again; meanwhile a badge says so', async () => {
    const { geometry, properties } = await point(3)
    const at = geometry.coordinates
    const context = await browser.newContext({ viewport: { width: 1200, height: 800 }, locale: 'en-GB', reducedMotion: 'reduce' })
    const page = await context.newPage()
    await page.clock.install()
    let broken = true
    await page.route('**/v1/stream*', (route) => (broken ? route.abort() : route.continue()))
    await page.goto(new URL(`#z=18&c=${at[0]},${at[1]}`, serverURL).href)
    await rest(page)
    assert.equal(await page.$('[data-test=stale]'), null, 'not at once')
    await page.clock.fastForward(31_000)
    const badge = await page.waitForSelector('[data-test=stale]', { timeout: patienceMs })
    assert.match(await badge.innerText(), /^No news since \d\d:\d\d:\d\d$/)
    assert.equal(await page.getAttribute('[data-test=live]', 'role'), 'status')
    await picture(page, 'stale-en')

    const to = moved(at, 7)
    await edit(properties.code, { lon: to[0], lat: to[1] })
    broken = false
    await page.clock.fastForward(16_000)
    await drawnAt(page, properties.code, to)
    await page.waitForSelector('[data-test=stale]', { state: 'detached', timeout: patienceMs })
    await edit(properties.code, { lon: at[0], lat: at[1] })
    await drawnAt(page, properties.code, at)
    await context.close()
  })
})

/** Compares the pixels of each frame from now on with those of the map at rest: the most that differ, as a share. */
function watchFrames(page) {
  return page.evaluate(
    () =>
      new Promise((begun) => {
        const map = window.wanmi.map
        const pixels = () => {
          const gl = map.getCanvas().getContext('webgl2')
          const read = new Uint8Array(gl.drawingBufferWidth * gl.drawingBufferHeight * 4)
          gl.readPixels(0, 0, gl.drawingBufferWidth, gl.drawingBufferHeight, gl.RGBA, gl.UNSIGNED_BYTE, read)
          return new Uint32Array(read.buffer)
        }
        if (window.__watch) map.off('render', window.__watch)
        let first = null
        window.__watch = () => {
          const now = pixels()
          if (!first) {
            first = now
            window.__frames = { frames: 0, differing: 0 }
            return begun()
          }
          let differing = 0
          for (let at = 0; at < now.length; at++) if (now[at] !== first[at]) differing++
          window.__frames.frames++
          window.__frames.differing = Math.max(window.__frames.differing, differing / now.length)
        }
        map.on('render', window.__watch)
        map.triggerRepaint()
      }),
  )
}

/** Keeps every frame the browser shows until told to stop, for people to look at; none without WANMI_SHOTS. */
async function screenshots(page, name) {
  const folder = process.env.WANMI_SHOTS
  if (!folder) return { stop: async () => {} }
  mkdirSync(folder, { recursive: true })
  const client = await page.context().newCDPSession(page)
  let n = 0
  client.on('Page.screencastFrame', ({ data, sessionId }) => {
    writeFileSync(`${folder}/${name}-${String(n++).padStart(2, '0')}.png`, Buffer.from(data, 'base64'))
    client.send('Page.screencastFrameAck', { sessionId }).catch(() => {})
  })
  await client.send('Page.startScreencast', { format: 'png', everyNthFrame: 1 })
  return { stop: () => client.send('Page.stopScreencast') }
}

describe('components from afar', () => {
  const squares = (page) =>
    page.evaluate(() => {
      const map = window.wanmi.map
      // Tiles of three zooms before are drawn, of zoom 8 at the least.
      const layer = `components-sums-${Math.max(8, Math.floor(map.getZoom()) - 3)}`
      return map.queryRenderedFeatures({ layers: [layer] }).map(({ properties, geometry }) => ({ properties, at: geometry.coordinates }))
    })
  const total = (found, field) => found.reduce((sum, { properties }) => sum + (properties[field] ?? 0), 0)

  it('add up to all there are, under any choice of majors and at every zoom, also after an edit', async () => {
    const { layers } = await getJSON('tiles.json')
    const { count } = layers.find(({ id }) => id === 'components')
    const inMajor = (major) => city.categories.filter((c) => c.kind === 'component' && c.major === major).reduce((sum, c) => sum + c.count, 0)
    const major = city.categories.find((c) => c.kind === 'component' && c.count > 0).major
    for (const zoom of [10.3, 11.2, 12.4]) {
      const { page, clean } = await openViewer(browser, `#z=${zoom}&c=${middle}`)
      assert.equal(total(await squares(page), 'count'), count, `zoom ${zoom}`)
      const { geometry, properties } = await point(4)
      const to = moved(geometry.coordinates, 700)
      const log = tileLog(page)
      await edit(properties.code, { lon: to[0], lat: to[1] })
      await page.waitForFunction(() => window.__idle, null, { timeout: patienceMs })
      while (log.length === 0) await page.waitForEvent('request', { timeout: patienceMs })
      await rest(page)
      assert.ok(log.every(({ path }) => path.startsWith('components/')), String(log.map(({ path }) => path)))
      assert.equal(total(await squares(page), 'count'), count, `zoom ${zoom} after the edit`)
      await edit(properties.code, { lon: geometry.coordinates[0], lat: geometry.coordinates[1] })
      await clean()

      const one = await openViewer(browser, `#z=${zoom}&c=${middle}&majors=${major}`)
      assert.equal(total(await squares(one.page), `count_${major}`), inMajor(major), `zoom ${zoom}, major ${major}`)
      await one.clean()
    }
  })

  it('say their number by major under the pointer, and aloud when asked', async () => {
    for (const lang of ['zh', 'en']) {
      const { page, clean } = await openViewer(browser, `#z=12.4&c=${middle}&lang=${lang}`)
      const found = await squares(page)
      const largest = found.reduce((a, b) => (a.properties.count >= b.properties.count ? a : b))
      const { x, y } = await page.evaluate((at) => {
        const point = window.wanmi.map.project(at)
        const box = window.wanmi.map.getCanvas().getBoundingClientRect()
        return { x: box.x + point.x, y: box.y + point.y }
      }, largest.at)
      await page.mouse.move(x, y)
      const tip = await page.waitForSelector('[data-test=square]', { timeout: patienceMs })
      assert.equal(Number(await tip.getAttribute('data-total')), largest.properties.count)
      const rows = await page.$$eval('[data-square-major]', (all) => all.map(({ dataset }) => [dataset.squareMajor, Number(dataset.count)]))
      for (const [major, count] of rows) if (major) assert.equal(count, largest.properties[`count_${major}`])
      assert.equal(rows.reduce((sum, [, count]) => sum + count, 0), largest.properties.count)
      assert.ok(await page.$('[data-test=sums-legend]'), 'the legend says what a circle is')
      await picture(page, `sums-${lang}`)
      await page.mouse.click(x, y)
      await settled(page)
      await clean()
    }
  })
})

describe('pictures from afar', () => {
  for (const [zoom, theme, lang] of [[10.4, 'light', 'zh'], [11.5, 'light', 'en'], [12.5, 'dark', 'zh'], [13.5, 'light', 'zh']]) {
    it(`at zoom ${zoom} in ${theme} and ${lang}`, async () => {
      const { page, clean } = await openViewer(browser, `#z=${zoom}&c=${middle}&theme=${theme}&lang=${lang}`)
      await picture(page, `afar-${zoom}-${theme}-${lang}`)
      await clean()
    })
  }
})
