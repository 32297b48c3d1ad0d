// The page that `wanmi check --html` writes, opened from the disk with no
// network at all: it draws, lists, steps, filters, speaks both languages.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, describe, it } from 'node:test'
import { pathToFileURL } from 'node:url'
import { launch, picture } from './browser.mjs'

assert.ok(process.env.WANMI_REPORT && process.env.WANMI_FINDINGS, 'WANMI_REPORT and WANMI_FINDINGS must name the page and the document of one check')
const findings = JSON.parse(readFileSync(process.env.WANMI_FINDINGS, 'utf8'))

let browser
before(async () => (browser = await launch()))
after(() => browser?.close())

async function open(options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, offline: true, ...options })
  const page = await context.newPage()
  const wrong = []
  page.on('console', (message) => wrong.push(`console ${message.type()}: ${message.text()}`))
  page.on('pageerror', (error) => wrong.push(`page error: ${error.message}`))
  page.on('request', (request) => {
    if (request.url() !== url) wrong.push(`request: ${request.url()}`)
  })
  const url = pathToFileURL(process.env.WANMI_REPORT).href
  await page.goto(url)
  await page.waitForFunction(() => window.wanmiReport)
  return {
    page,
    async clean() {
      assert.deepEqual(wrong, [])
      await context.close()
    },
  }
}

/** How many pixels of the map have a colour of their own. */
const inked = (page) =>
  page.evaluate(
    () =>
      new Promise((resolve) =>
        requestAnimationFrame(() =>
          requestAnimationFrame(() => {
            const canvas = document.getElementById('map')
            const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext('2d', { willReadFrequently: true })
            copy.drawImage(canvas, 0, 0)
            const { data } = copy.getImageData(0, 0, canvas.width, canvas.height)
            let n = 0
            for (let i = 3; i < data.length; i += 4) if (data[i] > 0) n++
            resolve(n)
          }),
        ),
      ),
  )

describe('the report', () => {
  it('lists what the document lists, draws it and steps through it', async () => {
    const { page, clean } = await open()
    assert.equal(await page.evaluate(() => window.wanmiReport.shown()), findings.findings.length)
    const rows = await page.$$eval('#list > li', (found) => found.length)
    assert.equal(rows, Math.min(200, findings.findings.length))
    assert.ok((await inked(page)) > 2000, 'the map is drawn')
    const placed = findings.findings.findIndex(({ at }) => at)
    if (placed >= 0) {
      await page.click(`#list > li:nth-child(${placed + 1}) button`)
      const view = await page.evaluate(() => window.wanmiReport.view())
      const [lon, lat] = findings.findings[placed].at
      assert.ok(Math.abs(view.x / 1e7 - lon) < 0.01 && Math.abs(view.y / 1e7 - lat) < 0.01, JSON.stringify(view))
      assert.ok((await page.innerText('#one')).includes(`${lon.toFixed(7)}, ${lat.toFixed(7)}`))
      assert.ok((await inked(page)) > 100)
      await page.keyboard.press('n')
      assert.equal(await page.evaluate(() => window.wanmiReport.current()), (placed + 1) % findings.findings.length)
    }
    await clean()
  })

  it('hides a rule and brings it back', async () => {
    const { page, clean } = await open()
    const rule = findings.rules.find(({ n }) => n > 0)
    await page.uncheck(`input[data-rule="${rule.id}"]`)
    assert.equal(await page.evaluate(() => window.wanmiReport.shown()), findings.findings.length - rule.listed)
    await page.check(`input[data-rule="${rule.id}"]`)
    assert.equal(await page.evaluate(() => window.wanmiReport.shown()), findings.findings.length)
    await clean()
  })

  it('speaks both languages, light and dark, narrow too', async () => {
    for (const [colorScheme, lang, width] of [['light', 'zh', 1280], ['dark', 'en', 1280], ['light', 'en', 390], ['dark', 'zh', 390]]) {
      const { page, clean } = await open({ colorScheme, viewport: { width, height: 900 } })
      await page.click(`button[data-lang=${lang}]`)
      assert.equal(await page.getAttribute('html', 'data-theme'), colorScheme)
      const rule = findings.rules.find(({ n }) => n > 0)
      assert.ok((await page.innerText('#list')).includes(rule.title[lang]))
      assert.equal(await page.isVisible(`tr[data-rule="${rule.id}"] span[lang=${lang === 'zh' ? 'en' : 'zh'}]`), false)
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
      assert.ok(overflow <= 0, `${overflow} px wider than ${width}`)
      await page.click('[data-step="1"]')
      await inked(page)
      await picture(page, `report-${colorScheme}-${lang}-${width}`)
      await clean()
    }
  })
})
