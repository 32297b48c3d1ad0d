// Basemaps under the map and letters from the server, in a browser that has no
// font with Chinese characters and reaches nothing but the server.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { latest, validateStyleMin } from '@maplibre/maplibre-gl-style-spec'
import { getJSON, launch, openViewer, picture, rest, serverURL } from './browser.mjs'

assert.ok(process.env.WANMI_URL, 'WANMI_URL must name a running server with basemaps, such as http://127.0.0.1:8080/')

let browser
let folder
let city

before(async () => {
  city = await getJSON('v1/city')
  folder = mkdtempSync(join(tmpdir(), 'wanmi-fonts-'))
  const config = join(folder, 'fonts.conf')
  writeFileSync(config, `<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>
    <dir>/usr/share/fonts/truetype</dir><cachedir>${folder}</cachedir></fontconfig>`)
  browser = await launch({ env: { ...process.env, FONTCONFIG_FILE: config } })
})
after(async () => {
  await browser?.close()
  rmSync(folder, { recursive: true, force: true })
})

/** Whether the browser draws two different characters differently; without a font both are the same box. */
const knowsChinese = (page) =>
  page.evaluate(() => {
    const drawn = (letter) => {
      const canvas = document.createElement('canvas')
      canvas.width = canvas.height = 48
      const pen = canvas.getContext('2d')
      pen.font = '32px sans-serif'
      pen.fillText(letter, 4, 38)
      return canvas.toDataURL()
    }
    return drawn('网') !== drawn('格')
  })

/** What is drawn of a layer whose id begins so. */
const drawnOf = (page, prefix) =>
  page.evaluate((prefix) => window.wanmi.map.queryRenderedFeatures().filter(({ layer }) => layer.id.startsWith(prefix)).length, prefix)

/** The Chinese characters that labels use, and how many of them were drawn by the browser itself. */
const letters = (page) =>
  page.evaluate(() => {
    let ours = 0
    let local = 0
    for (const { glyphs } of Object.values(window.wanmi.map.style.glyphManager.entries)) {
      for (const [letter, glyph] of Object.entries(glyphs.default)) {
        if (!/[一-鿿]/.test(letter)) continue
        if (!glyph || glyph.metrics.isDoubleResolution) local++
        else ours++
      }
    }
    return { ours, local }
  })

describe('a style of a whole map', () => {
  it('is valid for every basemap', async () => {
    const { basemaps } = await getJSON('basemaps.json')
    assert.ok(basemaps.length > 1, 'the server has too few basemaps')
    const asked = ['light.json', 'dark.json', 'imagery.json', 'imagery.json?theme=dark', 'blank.json', 'blank.json?theme=dark']
    const undrawable = basemaps.filter((one) => one.undrawable)
    assert.deepEqual(undrawable.map(({ id, crs }) => [id, crs]), [['moved', 'GCJ-02']])
    assert.equal((await fetch(new URL('styles/imagery.json?basemap=moved', serverURL))).status, 400)
    for (const { id, type } of basemaps.filter((one) => !one.undrawable)) {
      for (const kind of ['light', 'dark', ...(type === 'mvt' ? [] : ['imagery'])]) asked.push(`${kind}.json?basemap=${encodeURIComponent(id)}`)
    }
    for (const path of asked) {
      const style = await getJSON(`styles/${path}`)
      assert.deepEqual(validateStyleMin(style, latest), [], path)
      assert.ok(style.glyphs && style.sprite, path)
      for (const url of JSON.stringify(style).match(/https?:\/\/[^/"]+/g)) assert.equal(url, serverURL.origin, path)
    }
  })

  it('has its icons on the sheets', async () => {
    const style = await getJSON('styles/blank.json')
    const wanted = JSON.stringify(style.layers).match(/"component-[a-z]+"/g).map((name) => JSON.parse(name))
    for (const ratio of ['', '@2x']) {
      const sheet = await (await fetch(`${style.sprite}${ratio}.json`)).json()
      for (const name of wanted) assert.ok(sheet[name], `${name} ${ratio}`)
    }
  })
})

describe('the viewer without any Chinese font', () => {
  const at = (zoom) => {
    const [west, south, east, north] = city.bounds
    return `z=${zoom}&c=${((west + east) / 2).toFixed(5)},${((south + north) / 2).toFixed(5)}&lang=en`
  }

  it('letters the map from the server, whatever lies under it', async () => {
    for (const theme of ['light', 'dark']) {
      // In dark the streets alone are drawn otherwise.
      for (const map of theme === 'light' ? ['', 'streets', 'photo', 'far', '-'] : ['streets']) {
        const viewer = await openViewer(browser, `#${at(16)}&theme=${theme}${map && `&map=${map}`}`)
        const { page } = viewer
        assert.equal(await knowsChinese(page), false, 'the browser has a Chinese font')
        await page.waitForFunction((map) => map === '' || map === '-' || window.wanmi.map.getSource('basemap'), map)
        await rest(page)
        const used = await letters(page)
        assert.ok(used.ours >= 4, `${map}: ${JSON.stringify(used)}`)
        assert.equal(used.local, 0, `${map}: ${JSON.stringify(used)}`)
        if (map === 'streets') assert.ok((await drawnOf(page, 'basemap-')) > 0, 'nothing of the basemap is drawn')
        if (['photo', 'far', '-'].includes(map)) assert.equal(await drawnOf(page, 'base_'), 0, 'the city’s base layers are drawn')
        assert.equal(await page.locator('[data-test=basemap]').inputValue(), map)
        const named = await page.locator('[data-test=basemap-attribution]').innerText()
        assert.match(named, /GS\(2026\)0000号/)
        if (map === 'far') {
          assert.match(named, /测绘院/)
          assert.ok(await page.evaluate(() => window.wanmi.map.isSourceLoaded('basemap')), 'the other server’s map is not here')
        }
        if (map === 'photo') assert.match(named, /© OpenStreetMap contributors \(ODbL 1.0\)/)
        await picture(page, `basemap-${theme}-${map || 'city'}`.replace('--', '-blank'))
        await viewer.clean()
      }
    }
  })

  it('changes the basemap by the picker, keeps it in the link, and goes back', async () => {
    const viewer = await openViewer(browser, `#${at(15)}`)
    const { page } = viewer
    const picker = page.locator('[data-test=basemap]')
    const offered = await picker.locator('option').allInnerTexts()
    assert.equal(offered.length, 5)
    assert.deepEqual([offered[0], offered[1], offered[2], offered[4]], ['Own base layers', 'Imagery: 远方', 'Imagery: 影像', 'Blank'])
    assert.match(offered[3], /^Streets: /)
    await picker.selectOption('photo')
    await page.waitForFunction(() => window.wanmi.map.getLayer('basemap-picture'))
    await rest(page)
    assert.match(page.url(), /map=photo/)
    await picker.selectOption('streets')
    await page.waitForFunction(() => window.wanmi.map.getSource('basemap')?.type === 'vector')
    await rest(page)
    assert.ok((await drawnOf(page, 'basemap-')) > 0)
    await picker.selectOption('')
    await page.waitForFunction(() => !window.wanmi.map.getSource('basemap'))
    assert.doesNotMatch(page.url(), /map=/)
    await page.goBack()
    await page.waitForFunction(() => window.wanmi.map.getSource('basemap')?.type === 'vector')
    await rest(page)
    await viewer.clean()
  })
})
