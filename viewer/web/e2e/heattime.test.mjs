// Heat in a real browser while its period is dragged and played: drafts follow the hand, and no
// number is of other tiles than those that are drawn.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { getJSON, launch, openViewer, rest } from './browser.mjs'
import { allCases, painted, patienceMs, ready } from './heat.mjs'

assert.ok(process.env.WANMI_URL, 'WANMI_URL must name a running demo, such as http://127.0.0.1:8080/')

let browser

before(async () => {
  await allCases()
  browser = await launch()
})
after(() => browser?.close())

const isTile = (url) => /\/heat\/\d+\//.test(url)

/** Every request for heat from now on, with how many of its kind were under way when it began. */
function underWay(page) {
  const seen = []
  const running = new Set()
  const kind = (url) => new URL(url).pathname.replace(/\d+/g, '')
  page.on('request', (request) => {
    const url = request.url()
    if (!url.includes('/heat')) return
    seen.push({ url, beside: [...running].filter((other) => kind(other.url()) === kind(url)).length })
    running.add(request)
  })
  for (const end of ['requestfinished', 'requestfailed']) page.on(end, (request) => running.delete(request))
  return seen
}

/** Notes every frame in which the legend is of other tiles than those that are drawn, or does not say that they are a draft. */
const watchLegend = (page) =>
  page.evaluate(() => {
    window.__mixed = []
    window.__drafts = new Set()
    const look = () => {
      const { map } = window.wanmi
      const drawn = map.getStyle().layers.filter(({ id, type }) => type === 'color-relief' && map.getPaintProperty(id, 'color-relief-opacity') > 0)
      const legend = document.querySelector('[data-test=heat-legend]')
      if (drawn.length === 1 && legend) {
        const { blueFactor, tiles: [tiles] } = map.getStyle().sources[drawn[0].source]
        const draft = document.querySelector('[data-test=heat-draft]') !== null
        if (draft) window.__drafts.add(tiles)
        if (Number(legend.dataset.told) !== blueFactor || draft !== tiles.includes('quality=draft')) window.__mixed.push({ told: legend.dataset.told, draft, tiles })
      }
      requestAnimationFrame(look)
    }
    requestAnimationFrame(look)
  })

/**
 * Takes a grip of the time slider and moves it to and fro, once for each picture that the browser
 * draws: the hand never rests, however slow the machine. Ends once `enough` pictures are drafts, or
 * after so many moves; the button is still down.
 */
async function dragged(page, grip, { enough, least, most }) {
  const box = await page.locator(`[data-grip=${grip}]`).boundingBox()
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2]
  await page.mouse.move(x, y)
  await page.mouse.down()
  return page.evaluate(
    async ([x, y, enough, least, most]) => {
      const chart = document.querySelector('[data-test=heat-time] svg[role=group]')
      let moves = 0
      while (moves < least || (window.__drafts.size < enough && moves < most)) {
        chart.dispatchEvent(new PointerEvent('pointermove', { clientX: x + 90 * Math.abs(Math.sin(++moves / 20)), clientY: y, bubbles: true }))
        await new Promise(requestAnimationFrame)
      }
      return { moves, drafts: [...window.__drafts] }
    },
    [x, y, enough, least, most],
  )
}

describe('time', () => {
  it('is moved by keys, and played in one legend', async () => {
    const { page, clean } = await openViewer(browser, '#heat=from:2024-10-01,to:2024-11-01')
    await ready(page)
    await page.focus('[data-grip=window]')
    await page.keyboard.press('ArrowLeft')
    await page.waitForSelector('[data-test=heat-time][data-from="2024-09-01"][data-to="2024-10-01"]', { timeout: patienceMs })
    await ready(page)
    const [first] = await painted(page)
    await page.click('[data-test=heat-play]')
    await page.waitForSelector('[data-test=heat-time][data-from="2024-11-01"]', { timeout: patienceMs })
    await page.click('[data-test=heat-play]')
    const legendThen = await page.$eval('[data-test=heat-time]', ({ dataset }) => dataset.from)
    assert.ok(legendThen >= '2024-11-01')
    await page.waitForFunction(() => document.querySelector('[data-test=heat-play]').getAttribute('aria-pressed') === 'false')
    assert.ok(first.source.tiles[0].includes('from=2024-09-01'), first.source.tiles[0])
    await clean()
  })

  it('follows the hand in drafts, one at a time, and is the whole answer once it rests', async () => {
    const { page, clean } = await openViewer(browser, '#heat=from:2023-01-01,to:2024-01-01')
    await ready(page)
    const asked = underWay(page)
    await watchLegend(page)
    const { moves, drafts } = await dragged(page, 'window', { enough: 3, least: 40, most: 1000 })
    const moved = asked.splice(0)
    await page.mouse.up()
    assert.ok(drafts.length >= 3, `${drafts.length} drafts were seen in ${moves} moves`)
    const tiles = moved.filter(({ url }) => isTile(url))
    assert.ok(tiles.length > 0)
    assert.deepEqual(moved.filter(({ url }) => !url.includes('quality=draft')).map(({ url }) => url), [], 'only drafts are asked for while the hand moves')
    const described = moved.filter(({ url }) => url.includes('/heat.json'))
    assert.ok(described.length < moves / 2, `${described.length} frames in ${moves} moves`)
    assert.ok(Math.max(...described.map(({ beside }) => beside)) <= 1, 'frames pile up')

    await ready(page)
    assert.equal(await page.$('[data-test=heat-draft]'), null)
    assert.ok(asked.some(({ url }) => isTile(url) && !url.includes('quality=draft')))
    const [shown, ...more] = await painted(page)
    assert.deepEqual(more, [])
    assert.doesNotMatch(shown.source.tiles[0], /draft/)
    assert.ok(await page.evaluate(() => window.wanmi.map.areTilesLoaded()))
    const { from, to } = await page.$eval('[data-test=heat-time]', ({ dataset }) => dataset)
    assert.ok(from > '2023-01-01')
    const { legend } = await getJSON(`heat.json?from=${from}&to=${to}`)
    assert.equal(shown.source.blueFactor, legend.quantum)
    assert.equal(Number(await page.getAttribute('[data-test=heat-n]', 'data-n')), legend.n)
    assert.deepEqual(await page.evaluate(() => window.__mixed), [], 'the legend is of other tiles than those that are drawn')
    console.log(`${moves} moves: ${described.length} frames, ${tiles.length} draft tiles, ${drafts.length} drafts seen`)

    asked.length = 0
    await page.click('[data-test=heat-look] label:has([value=cividis])')
    await page.fill('[data-test=heat-threshold]', '60')
    await rest(page)
    assert.deepEqual(asked, [])
    await clean()
  })

  it('lets go of a frame that a slow server does not answer', async () => {
    const { page, clean } = await openViewer(browser, '#heat=from:2023-01-01,to:2024-01-01')
    await ready(page)
    await page.route(/quality=draft/, () => undefined) // is never answered
    const asked = underWay(page)
    await watchLegend(page)
    const beganMs = Date.now()
    await dragged(page, 'to', { enough: 0, least: 100, most: 100 })
    const tookMs = Date.now() - beganMs
    await page.mouse.up()
    await ready(page)
    const drafts = asked.filter(({ url }) => url.includes('quality=draft'))
    // A frame is given up after 0.8 s, however many moves there were meanwhile.
    assert.ok(drafts.length <= 2 + tookMs / 800, `${drafts.length} drafts were asked for in ${tookMs} ms`)
    assert.ok(Math.max(...drafts.map(({ beside }) => beside)) <= 1, 'frames pile up')
    assert.doesNotMatch((await painted(page))[0].source.tiles[0], /draft/)
    await clean()
  })

  it('is played in drafts, and a click stops it to explain what is there', async () => {
    const { page, clean } = await openViewer(browser, '#heat=from:2022-01-01,to:2022-02-01,step:week')
    await ready(page)
    const asked = underWay(page)
    await watchLegend(page)
    await page.click('[data-test=heat-play]')
    await page.waitForSelector('[data-test=heat-time][data-from="2022-01-15"]', { timeout: patienceMs })
    await page.waitForSelector('[data-test=heat-draft]', { timeout: patienceMs })
    const played = asked.filter(({ url }) => url.includes('heat'))
    assert.ok(played.some(({ url }) => isTile(url)))
    assert.deepEqual(played.filter(({ url }) => !url.includes('quality=draft')), [])
    const box = await page.locator('[data-test=map]').boundingBox()
    await page.mouse.click(Math.round(box.x + box.width * 0.42), Math.round(box.y + box.height * 0.5))
    await page.waitForSelector('[data-test=heat-why][data-state=ready]', { timeout: patienceMs })
    await ready(page)
    assert.equal(await page.getAttribute('[data-test=heat-play]', 'aria-pressed'), 'false')
    assert.equal(await page.$('[data-test=heat-draft]'), null)
    assert.deepEqual(asked.filter(({ url }) => url.includes('heat/value') && url.includes('draft')), [])
    const why = await page.$eval('[data-test=heat-why]', ({ dataset }) => ({ ...dataset }))
    const { from, to } = await page.$eval('[data-test=heat-time]', ({ dataset }) => dataset)
    assert.equal(Number(why.value), (await getJSON(`heat/value?from=${from}&to=${to}&lon=${why.lon}&lat=${why.lat}`)).value)
    assert.deepEqual(await page.evaluate(() => window.__mixed), [])
    await clean()
  })

  it('keeps the legend while it is locked', async () => {
    const { page, clean } = await openViewer(browser, '#heat=from:2024-10-01,to:2024-11-01')
    await ready(page)
    const [before] = await painted(page)
    await page.click('[data-test=heat-lock]')
    await page.focus('[data-grip=window]')
    await page.keyboard.press('ArrowRight')
    await page.waitForFunction(
      () => window.wanmi.map.getStyle().layers.filter(({ type }) => type === 'color-relief').length === 1 &&
        Object.values(window.wanmi.map.getStyle().sources).some(({ tiles }) => tiles?.[0]?.includes('from=2024-11-01')),
      null, { timeout: patienceMs },
    )
    await ready(page)
    const [after] = await painted(page)
    assert.equal(after.source.blueFactor, before.source.blueFactor)
    assert.equal(after.colour, before.colour)
    await clean()
  })
})
