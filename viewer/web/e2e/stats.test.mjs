// Statistics in a real browser against a real server: the tables have the numbers
// of the interface, the map has the features of the layer, and each leads to the
// other.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { after, before, describe, it } from 'node:test'
import { accessible } from './access.mjs'
import { getJSON, launch, openViewer, picture, rest, serverURL } from './browser.mjs'
import { patienceMs } from './desk.mjs'

assert.ok(process.env.WANMI_URL, 'WANMI_URL must name a running demo with cases, such as http://127.0.0.1:8080/')

const period = { from: '2021-01-01', to: '2026-01-01' }
const periodItems = 'from:2021-01-01,to:2026-01-01'

let browser

before(async () => {
  browser = await launch()
})
after(() => browser?.close())

/** What the interface answers by itself, with the features of its layer. */
async function answered(name, body) {
  const answer = await fetch(new URL(`v1/stats/${name}`, serverURL), {
    method: 'POST', headers: { 'Content-Type': 'application/json', Prefer: 'wait=20' }, body: JSON.stringify(body),
  })
  const job = await answer.json()
  assert.equal(answer.status, 200, JSON.stringify(job))
  return { ...job, features: (await getJSON(`v1/stats/layers/${job.layer}.geojson`)).features }
}

/** Few layers: software draws these pages many times, and no case's pin is in a click's way. */
const plain = '&layers=cells,zones,districts'

const opened = async (items, more = '', options = {}) => {
  const made = await openViewer(browser, `#stats=${items}${plain}${more}`, options)
  await made.page.waitForSelector('[data-test=stats][data-layer=ready]', { timeout: patienceMs })
  await rest(made.page)
  return made
}

/** The rows of a table by their keys: exact values by column, intervals as pairs. All pages of it. */
async function rowsOf(page, id = 'list') {
  for (;;) {
    const more = await page.$(`[data-test=stats-table-${id}] >> xpath=../following-sibling::button[contains(@class,"more")]`)
    if (!more) break
    await more.click()
  }
  return new Map(
    await page.$$eval(`[data-test=stats-table-${id}] tbody tr[data-row]`, (rows) =>
      rows.map(({ dataset, cells }) => [
        dataset.row,
        Object.fromEntries([...cells].map(({ dataset: { col, value, low, high } }) => [col, value ?? [low, high]])),
      ]),
    ),
  )
}

const text = (value) => (value === null || value === undefined ? '' : String(value))
const pair = ({ low, high }) => [text(low), text(high)]

/** The keys of the features that the map draws. */
const drawnKeys = (page, layers) =>
  page.evaluate(
    (layers) => [...new Set(window.wanmi.map.queryRenderedFeatures({ layers }).map(({ properties }) => properties.key))],
    layers,
  )

const camera = (page) => page.evaluate(() => ({ ...window.wanmi.map.getCenter(), zoom: window.wanmi.map.getZoom() }))

/** Clicks the middle of a feature on the map. */
async function clickAt(page, [lon, lat]) {
  const point = await page.evaluate(([lon, lat]) => {
    const { x, y } = window.wanmi.map.project([lon, lat])
    const box = window.wanmi.map.getCanvas().getBoundingClientRect()
    return { x: box.x + x, y: box.y + y }
  }, [lon, lat])
  await page.mouse.click(point.x, point.y)
}

describe('hot spots', () => {
  it('are a table of the numbers that the interface has, and all areas on the map', async () => {
    const { result, features, n } = await answered('hotspots', { filter: period, alpha: 0.3 })
    assert.ok(result.list.length > 0, 'nothing stands out: the test says nothing')
    const { page, clean } = await opened(`hotspots,${periodItems},alpha:0.3`)
    assert.equal(Number(await page.getAttribute('[data-test=stats-n]', 'data-n')), n)
    const rows = await rowsOf(page)
    assert.equal(rows.size, result.list.length)
    for (const one of result.list) {
      assert.deepEqual(rows.get(one.code), {
        class: one.class, name: one.name, count: text(one.count), around: text(one.around), expected: text(one.expected), z: text(one.z), p: text(one.p), q: text(one.q),
      })
    }
    assert.deepEqual((await drawnKeys(page, ['stats-area'])).sort(), features.map(({ properties }) => properties.code).sort())
    const legend = await page.$$eval('[data-test=stats-legend] [data-class]', (found) => Object.fromEntries(found.map(({ dataset }) => [dataset.class, Number(dataset.count)])))
    assert.deepEqual(legend, { up: result.hot, down: result.cold, none: result.areas - result.hot - result.cold })
    await picture(page, 'stats-hotspots')
    await clean()
  })

  it('lead from a row to the map, and from the map to the row', async () => {
    const { result, features } = await answered('hotspots', { filter: period, alpha: 0.3 })
    const { page, clean } = await opened(`hotspots,${periodItems},alpha:0.3`)
    const first = await camera(page)
    const [one] = result.list
    await page.click(`[data-row="${one.code}"] .row-button`)
    await rest(page)
    const there = await camera(page)
    assert.ok(there.zoom > first.zoom + 1 && (there.lng !== first.lng || there.lat !== first.lat), JSON.stringify([first, there]))
    assert.deepEqual(await drawnKeys(page, ['stats-picked-line']), [one.code])
    const { geometry } = features.find(({ properties }) => properties.code === one.code)
    const ring = geometry.coordinates[0]
    const seen = await page.evaluate((ring) => {
      const bounds = window.wanmi.map.getBounds()
      return ring.every((at) => bounds.contains(at))
    }, ring)
    assert.ok(seen, 'the whole cell is in view')

    // Another, by the map: the middle of the view now is in the first one.
    const other = features.find(({ properties }) => properties.class === 'none')
    await page.evaluate(([lon, lat]) => window.wanmi.map.jumpTo({ center: [lon, lat], zoom: 16 }), middleOf(other.geometry.coordinates[0]))
    await rest(page)
    await clickAt(page, middleOf(other.geometry.coordinates[0]))
    await page.waitForSelector(`[data-test=stats][data-picked="${other.properties.code}"]`)
    assert.match(await page.innerText('[data-test=stats-card]'), new RegExp(other.properties.name))
    assert.equal(await page.$('[data-test=place]'), null, 'the click was for the statistic alone')
    const last = result.list[result.list.length - 1]
    const area = features.find(({ properties }) => properties.code === last.code)
    await page.evaluate(([lon, lat]) => window.wanmi.map.jumpTo({ center: [lon, lat], zoom: 16 }), middleOf(area.geometry.coordinates[0]))
    await rest(page)
    await clickAt(page, middleOf(area.geometry.coordinates[0]))
    await page.waitForSelector(`[data-row="${last.code}"][aria-current=true]`)
    assert.ok(await page.$eval(`[data-row="${last.code}"]`, (row) => row.checkVisibility() && row.getBoundingClientRect().bottom <= innerHeight), 'the row is in view')
    await clean()
  })
})

/** The mean of a ring's corners; the cells of the town are convex. */
function middleOf(ring) {
  const corners = ring.slice(1)
  return [0, 1].map((axis) => corners.reduce((sum, at) => sum + at[axis], 0) / corners.length)
}

describe('repeats', () => {
  it('are chains with each of their cases, and units with their share', async () => {
    const { result, features } = await answered('repeats', { filter: period, within_days: 60 })
    assert.ok(result.list.length > 0, 'nothing came back: the test says nothing')
    const { page, clean } = await opened(`repeats,${periodItems},within_days:60`)
    const units = await rowsOf(page, 'units')
    assert.equal(units.size, result.units.length)
    for (const { unit, unit_name, closed_not_solved: share } of result.units) {
      assert.deepEqual(units.get(unit), { name: unit_name, closed: text(share.n), returned: text(share.k), share: text(share.share), interval: pair(share.interval) })
    }
    const rows = await rowsOf(page)
    result.list.forEach((one, at) =>
      assert.deepEqual(rows.get(`chain-${at}`), { name: one.category_name, component: one.component ?? '', n: text(one.n), median_days: text(one.median_days) }),
    )
    const points = features.filter(({ geometry }) => geometry.type === 'Point')
    assert.equal((await drawnKeys(page, ['stats-place'])).length, points.length)

    await page.click('[data-row=chain-0] .row-button')
    await rest(page)
    const [chain] = result.list
    assert.deepEqual(await page.$$eval('[data-test=stats-chain] [data-chain-case]', (found) => found.map(({ dataset }) => dataset.chainCase)), chain.cases.map(({ id }) => id))
    const { lng, lat } = await camera(page)
    assert.ok(Math.hypot(lng - chain.position[0], lat - chain.position[1]) < 0.01, 'the map is at the chain')
    await accessible(page, '[data-test=stats]', 'repeats')
    await page.click(`[data-chain-case="${chain.cases[0].id}"]`)
    await page.waitForSelector(`[data-test=case][data-state=ready][data-id="${chain.cases[0].id}"]`, { timeout: patienceMs })
    await picture(page, 'stats-repeats')
    await clean()
  })
})

describe('a ranking', () => {
  it('is the same in table, funnel, file and interface', async () => {
    const { result, features } = await answered('rank', { filter: period })
    assert.ok(result.list.length > 1, 'a single unit has no rank')
    const { page, clean } = await opened(`rank,${periodItems}`, '&lang=en&theme=dark')
    const rows = await rowsOf(page)
    assert.equal(rows.size, result.list.length)
    for (const one of result.list) {
      const { rank, name, adjusted, share, interval, n, rank_interval } = rows.get(one.code)
      assert.deepEqual(
        { rank, name, adjusted, share, interval, n, rank_interval },
        { rank: text(one.rank), name: one.name ?? one.code, adjusted: text(one.adjusted), share: text(one.share), interval: pair(one.interval), n: text(one.n), rank_interval: pair(one.rank_interval) },
      )
    }
    assert.deepEqual(new Set(await page.$$eval('[data-point]', (found) => found.map(({ dataset }) => dataset.point))), new Set(result.list.map(({ code }) => code)))
    assert.deepEqual(new Set(await drawnKeys(page, ['stats-area'])), new Set(features.map(({ properties }) => properties.code)))

    const [download] = await Promise.all([page.waitForEvent('download'), page.click('[data-test=stats-save-list]')])
    assert.equal(download.suggestedFilename(), 'rank-2021-01-01-2026-01-01.csv')
    const file = await readFile(await download.path(), 'utf8')
    assert.ok(file.startsWith('\ufeffkey,Rank,'), file.slice(0, 40))
    const lines = file.trimEnd().split('\r\n').slice(1)
    assert.deepEqual(lines.map((line) => line.split(',')[0]), result.list.map(({ code }) => code))
    for (const [at, one] of result.list.entries()) assert.ok(lines[at].includes(`,${one.adjusted},${one.share},`), lines[at])

    const [layer] = await Promise.all([page.waitForEvent('download'), page.click('[data-test=stats-save-layer]')])
    assert.equal(layer.suggestedFilename(), 'rank-2021-01-01-2026-01-01.geojson')
    const drawn = JSON.parse(await readFile(await layer.path(), 'utf8'))
    assert.deepEqual(drawn.features.map(({ properties }) => properties.code), features.map(({ properties }) => properties.code))

    await page.click('[data-sort=n]')
    const counts = (await page.$$eval('[data-test=stats-table-list] [data-col=n]', (found) => found.map(({ dataset }) => Number(dataset.value))))
    assert.deepEqual(counts, [...counts].sort((a, b) => b - a))
    assert.equal(await page.getAttribute('th:has([data-sort=n])', 'aria-sort'), 'descending')
    await accessible(page, '[data-test=stats]', 'ranking')
    await picture(page, 'stats-rank')
    await clean()
  })
})

describe('the other statistics', () => {
  it('has the clock as the interface has it, hour by hour, by the keyboard too', async () => {
    const { result } = await answered('clock', { filter: period })
    const { page, clean } = await opened(`clock,${periodItems}`)
    const cells = await page.$$eval('[data-test=stats-clock] [data-cell]', (found) => found.map(({ dataset }) => Number(dataset.value)))
    assert.deepEqual(cells, result.counts.flat())
    await page.focus('[data-cell="0 0"]')
    await page.keyboard.press('ArrowRight')
    await page.keyboard.press('ArrowDown')
    assert.match(await page.innerText('[data-test=stats-clock] figcaption'), new RegExp(`周二 01:00–02:00：${result.counts[1][1]} 件`))
    await accessible(page, '[data-test=stats]', 'clock')
    await clean()
  })

  it('has the months', async () => {
    const { result } = await answered('season', { filter: period })
    const { page, clean } = await opened(`season,${periodItems}`, '&lang=en')
    const rows = await rowsOf(page, 'months')
    result.months.forEach((one, at) =>
      assert.deepEqual(rows.get(`month-${at + 1}`), { name: text(at + 1), cases: text(one.cases), days: text(one.days), index: text(one.index), interval: pair(one.interval) }),
    )
    await accessible(page, '[data-test=stats]', 'season')
    await clean()
  })

  it('has two periods', async () => {
    const periods = { before: { from: '2021-01-01', to: '2023-01-01' }, after: { from: '2023-01-01', to: '2026-01-01' } }
    const { result } = await answered('compare', { ...periods, by: 'zone', alpha: 0.5 })
    const { page, clean } = await opened('compare,before_from:2021-01-01,before_to:2023-01-01,after_from:2023-01-01,after_to:2026-01-01,by:zone,alpha:0.5')
    const rows = await rowsOf(page)
    assert.equal(rows.size, result.list.length)
    for (const one of result.list) {
      assert.deepEqual(rows.get(one.code), { class: one.class, name: one.name, before: text(one.before), after: text(one.after), ratio: text(one.ratio), p: text(one.p), q: text(one.q) })
    }
    assert.ok(await page.$('[role=note]'), 'other lengths are warned of')
    await clean()
  })

  it('has the indices, and what is the map’s of them', async () => {
    const { result } = await answered('appraisal', { filter: period })
    const { page, clean } = await opened(`appraisal,${periodItems}`)
    const rows = await rowsOf(page)
    assert.equal(rows.size, result.list.length)
    for (const one of result.list) {
      const { cases, on_time, recurrence, handling_h } = rows.get(one.code)
      assert.deepEqual([cases, on_time, recurrence, handling_h], [text(one.cases), text(one.on_time.share), text(one.recurrence.share), text(one.handling_h)])
    }
    await page.selectOption('[data-test=stats-index]', 'rework')
    await rest(page)
    await accessible(page, '[data-test=stats]', 'appraisal')
    await clean()
  })

  it('has a campaign in a rectangle of the map, and borders', async () => {
    const { bounds: [west, south, east, north] } = await getJSON('v1/city')
    const box = [west + 0.3 * (east - west), south + 0.3 * (north - south), west + 0.7 * (east - west), south + 0.7 * (north - south)].map((value) => Number(value.toFixed(6)))
    const [w, s, e, n] = box
    const { result } = await answered('campaign', { filter: period, start: '2023-06-01', area: { type: 'Polygon', coordinates: [[[w, s], [e, s], [e, n], [w, n], [w, s]]] } })
    const { page, clean } = await opened(`campaign,${periodItems},target:${encodeURIComponent(`box:${box.join(',')}`)},start:2023-06-01`)
    const rows = await rowsOf(page)
    for (const part of ['target', 'ring', 'control']) assert.deepEqual(rows.get(part), { name: part, before: text(result[part].before), after: text(result[part].after) })
    assert.deepEqual(await drawnKeys(page, ['stats-edge']), ['target'])
    await clean()

    const friction = await answered('friction', { filter: period })
    const borders = await opened(`friction,${periodItems}`)
    const found = await rowsOf(borders.page)
    assert.equal(found.size, friction.result.list.length)
    for (const { a, b, dispatched_again: again, extra_hours: hours } of friction.result.list) {
      const row = found.get(`${a}|${b}`)
      assert.deepEqual([row.n, row.again, row.share, row.extra_hours], [text(again.n), text(again.k), text(again.share), text(hours)])
    }
    await borders.clean()
  })
})

describe('components and sources', () => {
  it('has components with far more than their class, each with its cases', async () => {
    const { result, features } = await answered('lemons', { filter: period, probability: 0.5 })
    assert.ok(result.list.length > 0, 'no lemons: the test says nothing')
    const { page, clean } = await opened(`lemons,${periodItems},probability:0.5`)
    const rows = await rowsOf(page)
    assert.equal(rows.size, result.list.length)
    for (const one of result.list) {
      const { n, expected, rate, probability } = rows.get(one.component)
      assert.deepEqual([n, expected, rate, probability], [text(one.n), text(one.expected), text(one.rate), text(one.probability)])
    }
    assert.equal((await drawnKeys(page, ['stats-place'])).length, features.length)
    const [one] = result.list
    await page.click(`[data-row="${one.component}"] .row-button`)
    assert.equal(Number(await page.getAttribute('[data-test=stats-chain]', 'data-cases')), one.cases.length)
    await rest(page)
    assert.deepEqual(await drawnKeys(page, ['stats-picked-ring']), [one.component])
    await accessible(page, '[data-test=stats]', 'lemons')
    await clean()
  })

  it('has the public against patrols', async () => {
    const { result, features } = await answered('sources', { filter: period, by: 'zone', alpha: 0.5 })
    const { page, clean } = await opened(`sources,${periodItems},by:zone,alpha:0.5`)
    const rows = await rowsOf(page)
    assert.equal(rows.size, result.list.length)
    for (const one of result.list) {
      const row = rows.get(one.code)
      assert.deepEqual([row.class, row.public, row.patrol, row.share, row.ratio, row.q], [one.class, text(one.public), text(one.patrol), text(one.share.share), text(one.ratio), text(one.q)])
    }
    assert.equal((await drawnKeys(page, ['stats-area'])).length, features.length)
    await accessible(page, '[data-test=stats]', 'sources')
    await clean()
  })
})

describe('the form', () => {
  it('asks by the keyboard, writes the link, and the link asks again', async () => {
    const { page, clean } = await openViewer(browser, `#${plain.slice(1)}`)
    await page.click('[data-test=stats-toggle]')
    await page.waitForSelector('[data-test=stats-counted]', { timeout: patienceMs })
    await page.selectOption('[data-test=stats-choose]', 'rank')
    await page.fill('[data-filter=from]', '2022-01-01')
    await page.fill('[data-filter=to]', '2025-01-01')
    await page.selectOption('[data-parameter=by]', 'zone')
    await accessible(page, '[data-test=stats]', 'the form')
    await page.focus('[data-test=stats-run]')
    await page.keyboard.press('Enter')
    await page.waitForSelector('[data-test=stats][data-layer=ready]', { timeout: patienceMs })
    const { result, n } = await answered('rank', { filter: { from: '2022-01-01', to: '2025-01-01' }, by: 'zone' })
    assert.equal(Number(await page.getAttribute('[data-test=stats-n]', 'data-n')), n)
    assert.ok(page.url().includes('stats=rank,from:2022-01-01,to:2025-01-01,by:zone'), page.url())
    assert.match(await page.textContent('[data-test=announcement]'), /公平排名：全市按期/)

    await page.reload()
    await page.waitForSelector('[data-test=stats][data-layer=ready]', { timeout: patienceMs })
    assert.equal((await rowsOf(page)).size, result.list.length)

    // Other choices do not pass for the answer's.
    await page.click('[data-test=stats] .form > summary')
    await page.selectOption('[data-parameter=by]', 'street')
    await page.waitForSelector('[data-test=stats-changed]')
    await clean()
  })

  it('shows how far it is, and stops on the server too', async () => {
    const { page, clean } = await openViewer(browser, `#stats=${plain}`)
    const job = { id: 'SLOW', statistic: 'hotspots', state: 'running', done: 512, total: 2048, method: { zh: '', en: '' }, filter: {}, parameters: {} }
    const dropped = []
    await page.route('**/v1/stats/hotspots', (route) => route.fulfill({ status: 202, json: job }))
    await page.route('**/v1/stats/jobs/SLOW', (route) => {
      if (route.request().method() !== 'DELETE') return route.fulfill({ json: job })
      dropped.push(route.request().url())
      return route.fulfill({ status: 204 })
    })
    await page.click('[data-test=stats-run]')
    await page.waitForFunction(() => /512 \/ 2,048/.test(document.querySelector('[data-test=stats-progress]')?.textContent ?? ''))
    const told = page.waitForResponse((answer) => answer.request().method() === 'DELETE')
    await page.click('[data-test=stats-cancel]')
    await page.waitForSelector('[data-test=stats-cancelled]')
    await told
    assert.equal(dropped.length, 1)
    await clean()
  })

  it('says who may not, and what is wrong', async () => {
    const { page } = await openViewer(browser, `#stats=appraisal,${periodItems},by:post${plain}`)
    await page.waitForSelector('[data-test=stats-forbidden]', { timeout: patienceMs })
    await page.context().close()
    const nobody = await openViewer(browser, `#stats=hotspots,${periodItems},unit:NOBODY${plain}`)
    await nobody.page.waitForSelector('[data-test=stats][data-state=failed]', { timeout: patienceMs })
    assert.match(await nobody.page.innerText('[data-test=stats] [role=alert], [data-test=stats] .note'), /422：filter\.unit/)
    await nobody.page.context().close()
    const nowhere = await openViewer(browser, `#stats=campaign,${periodItems},target:zones%2FNOWHERE,start:2023-06-01${plain}`)
    await nowhere.page.waitForSelector('[data-test=stats-no-target]', { timeout: patienceMs })
    assert.match(await nowhere.page.innerText('[data-test=stats-no-target]'), /NOWHERE/)
    await nowhere.page.context().close()
  })
})

describe('everyone', () => {
  for (const [theme, lang, width, height] of [['light', 'zh', 1440, 900], ['dark', 'en', 1440, 900], ['light', 'en', 390, 844]]) {
    it(`can use them in ${theme}, ${lang}, ${width} by ${height}`, async () => {
      const { page, clean } = await opened(`hotspots,${periodItems},alpha:0.3`, `&theme=${theme}&lang=${lang}`, { viewport: { width, height } })
      await page.click('[data-test=stats-about] summary')
      await accessible(page, '[data-test=stats]', 'the panel')
      await accessible(page, 'header', 'the bar')
      const wider = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
      assert.ok(wider <= 0, `${wider} px wider than the screen`)
      if (lang === 'en') {
        const chinese = await page.$$eval('[data-test=stats] :is(h2, h3, button:not(.row-button), dt, th[scope=col], legend, summary, .sentence)', (found) =>
          found.map(({ textContent }) => textContent).filter((text) => /[\u4e00-\u9fff]/.test(text) && !/Most of all/.test(text)),
        )
        assert.deepEqual(chinese, [], 'no Chinese but names of the city')
      }
      await picture(page, `stats-${theme}-${lang}-${width}`)
      await clean()
    })
  }
})
