// Heat as files, in a real browser: each has the cases, the parameters and the numbers of the
// screen, and what could not be made is told in words.
import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { after, before, describe, it } from 'node:test'
import { accessible } from './access.mjs'
import { launch, openViewer } from './browser.mjs'
import { allCases, counting, patienceMs, period, ready } from './heat.mjs'

assert.ok(process.env.WANMI_URL, 'WANMI_URL must name a running demo, such as http://127.0.0.1:8080/')

let browser

before(async () => {
  await allCases()
  browser = await launch()
})
after(() => browser?.close())

/** Presses a button and keeps the file that comes of it. */
async function downloaded(page, button) {
  await page.waitForSelector(`[data-test=${button}]:enabled`, { timeout: patienceMs })
  const [file] = await Promise.all([page.waitForEvent('download', { timeout: patienceMs }), page.click(`[data-test=${button}]`)])
  return { name: file.suggestedFilename(), bytes: await readFile(await file.path()) }
}

const shownN = async (page) => Number(await page.getAttribute('[data-test=heat-n]', 'data-n'))
/** The rows of a table without quoted commas, by the names of its head. */
function rowsOf(text) {
  const [head, ...lines] = text.trimEnd().split('\n')
  const names = head.split(',')
  return lines.map((line) => Object.fromEntries(line.split(',').map((cell, at) => [names[at], cell])))
}

describe('export', () => {
  it('has the cases, the parameters and the numbers of the screen, in each kind of file', async () => {
    const { page, clean } = await openViewer(browser, `#heat=${period},kind:event,edge:mass,bandwidth_m:200,scale:quantile,classes:5`)
    await ready(page)
    await page.click('[data-test=heat-export] summary')
    await accessible(page, '[data-test=heat-export]', 'the exports of heat')
    assert.ok(await page.evaluate(() => document.scrollingElement.scrollHeight <= innerHeight), 'what is hidden in the panel has the page scroll')
    const n = await shownN(page)
    const told = await page.$eval('[data-test=heat-legend]', ({ dataset }) => ({ ...dataset }))
    const classes = await page.$$eval('[data-class]', (rows) => rows.map(({ dataset }) => Number(dataset.from)).sort((a, b) => a - b))

    const tif = await downloaded(page, 'heat-export-tif')
    assert.match(tif.name, /^heat-.+-density-20240101-20250101-200m\.tif$/)
    assert.equal(tif.bytes.readUInt16LE(0), 0x4949)
    assert.ok([42, 43].includes(tif.bytes.readUInt16LE(2)), 'neither TIFF nor BigTIFF')
    const metadata = tif.bytes.toString('latin1')
    assert.equal(Number(/<Item name="N"[^>]*>(\d+)</.exec(metadata)?.[1]), n)
    assert.equal(/<Item name="EDGE"[^>]*>(\w+)</.exec(metadata)?.[1], 'mass')

    const csv = await downloaded(page, 'heat-export-csv')
    assert.deepEqual([...csv.bytes.subarray(0, 3)], [0xef, 0xbb, 0xbf], 'Excel is told that it is UTF-8')
    const rows = rowsOf(csv.bytes.subarray(3).toString())
    const sum = rows.reduce((sum, { cases }) => sum + Number(cases), 0)
    assert.ok(Math.abs(sum / n - 1) < 1e-3, `the table has ${sum} cases, the screen ${n}`)
    assert.ok(Math.abs(Math.max(...rows.map(({ value }) => Number(value))) - Number(told.max)) <= Number(told.told))
    await page.uncheck('[data-test=heat-export-bom]')
    const plain = await downloaded(page, 'heat-export-csv')
    assert.ok(plain.bytes.equals(csv.bytes.subarray(3)))

    const json = await downloaded(page, 'heat-export-geojson')
    const collection = JSON.parse(json.bytes.toString())
    assert.equal(collection.type, 'FeatureCollection')
    assert.deepEqual([collection.legend.n, collection.legend.edge, collection.legend.bandwidth_m], [n, 'mass', 200])
    const bands = collection.features.map(({ properties }) => properties.min)
    for (const from of classes.slice(1)) assert.ok(bands.some((min) => Math.abs(min - from) < 1e-9 * from), `no class begins at ${from}: ${bands}`)

    const asked = counting(page)
    await page.fill('[data-test=heat-export-title]', '城管月报 2024')
    await page.selectOption('[data-test=heat-export-view]', 'true')
    await page.selectOption('[data-test=heat-export-size]', 'slide')
    const png = await downloaded(page, 'heat-export-png')
    assert.deepEqual([...png.bytes.subarray(0, 8)], [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
    assert.deepEqual([png.bytes.readUInt32BE(16), png.bytes.readUInt32BE(20)], [1920, 1080])
    const words = new URL(asked.find((url) => url.includes('export.png'))).searchParams
    const view = await page.evaluate(() => window.wanmi.map.getBounds().toArray().flat())
    assert.deepEqual(words.get('bbox').split(',').map(Number), view.map((part) => Number(part.toFixed(6))))
    assert.deepEqual(
      ['from', 'to', 'kind', 'edge', 'bandwidth_m', 'scale', 'classes', 'style', 'title', 'lang'].map((word) => words.get(word)),
      ['2024-01-01', '2025-01-01', 'event', 'mass', '200', 'quantile', '5', 'inferno-reversed', '城管月报 2024', 'zh'],
    )
    if (process.env.WANMI_SHOTS) await writeFile(`${process.env.WANMI_SHOTS}/heat-sheet.png`, png.bytes)

    await page.click('[data-form=areas]')
    await page.waitForSelector('[data-test=heat-areas][data-state=ready]', { timeout: patienceMs })
    const table = await downloaded(page, 'heat-export-csv')
    assert.equal(table.name, 'heat-zone-20240101-20250101.csv')
    assert.equal(rowsOf(table.bytes.toString()).reduce((sum, row) => sum + Number(row.n), 0), n)
    const outlines = await downloaded(page, 'heat-export-geojson')
    assert.equal(outlines.name, 'heat-zone-20240101-20250101.geojson')
    const areas = JSON.parse(outlines.bytes.toString())
    assert.equal(areas.features.reduce((sum, { properties }) => sum + properties.n, areas.rest), n)
    await clean()
  })

  it('says in words why there is no file', async () => {
    const { page, clean } = await openViewer(browser, `#heat=${period}`)
    await ready(page)
    await page.click('[data-test=heat-export] summary')
    let downloads = 0
    page.on('download', () => downloads++)
    const problem = (status, code, location, message) => ({
      status, contentType: 'application/problem+json',
      body: JSON.stringify({ status, code, title: code, detail: `${location}: ${message}`, errors: [{ location, message }] }),
    })
    const answers = [
      [problem(422, 'not-possible', 'bandwidth_m', 'a table of 3000000 rows'), /结果太大.*a table of 3000000 rows/s],
      [problem(409, 'conflict', 'per', 'this server has no patrol hours'), /409.*no patrol hours/s],
      [{ ...problem(503, 'not-ready', 'cases', 'are being read'), headers: { 'Retry-After': '5' } }, /服务器正忙/],
    ]
    for (const [answer, words] of answers) {
      await page.route(/export\.csv/, (route) => route.fulfill(answer))
      await page.click('[data-test=heat-export-csv]')
      await page.waitForSelector(`[data-test=export-failed][data-status="${answer.status}"]`, { timeout: patienceMs })
      assert.match(await page.innerText('[data-test=export-failed]'), words)
      await page.unroute(/export\.csv/)
    }
    await accessible(page, '[data-test=heat-export]', 'an export that failed')
    assert.equal(downloads, 0)
    await downloaded(page, 'heat-export-csv')
    assert.equal(await page.$('[data-test=export-failed]'), null)
    await clean(/^(422|409|503) .*export\.csv|status of (422|409|503)/)
  })
})
