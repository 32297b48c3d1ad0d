// The responsibility map and dry runs in a real browser: what the server answers
// is on the map, and the same as a table.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { accessible } from './access.mjs'
import { getJSON, launch, openViewer, picture, rest, serverURL } from './browser.mjs'
import { dispatched, eventClass, everyRole, openSigned, patienceMs, placeIn, send } from './desk.mjs'

assert.ok(process.env.WANMI_URL, 'WANMI_URL must name a running demo, such as http://127.0.0.1:8080/')

let browser
let city

before(async () => {
  city = await getJSON('v1/city')
  browser = await launch()
})
after(() => browser?.close())

describe('the responsibility map', () => {
  it('shows its layers on the map and the same as tables', async () => {
    const { page, clean } = await openViewer(browser, '#duty=nobody,overlaps,off-duty,returns')
    for (const layer of ['nobody', 'overlaps', 'off-duty', 'returns']) {
      await page.waitForSelector(`[data-duty=${layer}][data-state=ready]`, { timeout: patienceMs })
      const [kind, category] = (await page.inputValue('[data-test=duty-class]')).split(' ')
      const { features } = await getJSON(`v1/dispatch/map/${layer}.geojson${layer === 'nobody' ? `?kind=${kind}&category=${category}` : ''}`)
      await rest(page)
      const has = await page.evaluate(
        (layer) => ['area', 'line', 'point'].flatMap((kind) => window.wanmi.map.queryRenderedFeatures({ layers: [`duty-${layer}-${kind}`] })).length,
        layer,
      )
      assert.equal(has > 0, features.length > 0, `${layer}: ${has} drawn of ${features.length}`)
      if (features.length === 0) continue
      await page.click(`[data-duty=${layer}] summary`)
      assert.equal((await page.$$(`[data-duty=${layer}] tbody tr`)).length, Math.min(200, features.length))
    }
    await accessible(page, '[data-test=duty]', 'responsibility map')
    await page.click('[data-duty=nobody] label')
    assert.equal(await page.evaluate(() => window.wanmi.map.getLayoutProperty('duty-nobody-area', 'visibility')), 'none')
    assert.ok(!/duty=[^&]*nobody/.test(page.url()), page.url())
    await picture(page, 'duty-zh')
    await clean()
  })
})

describe('a dry run', () => {
  it('shows what changed rules would have done, as a table and on the map', async () => {
    const { unit } = await dispatched(placeIn(city, 0.44, 0.56), await eventClass())
    const { id } = await send('v1/dispatch/dry-run', { patch: { version: 'e2e', events: { order: ['ruling'] }, default: { unit } } })
    const { page, clean } = await openSigned(browser, '#duty=')
    await page.fill('[data-test=run-id]', id)
    await page.keyboard.press('Enter')
    await page.waitForSelector('[data-test=run]', { timeout: patienceMs })
    const answer = await fetch(new URL(`v1/dispatch/dry-run/${id}`, serverURL), { headers: { Authorization: `Bearer ${everyRole}` } })
    const { result } = await answer.json()
    assert.equal(Number(await page.getAttribute('[data-test=run]', 'data-changed')), result.changed)
    await page.waitForFunction(
      (points) => new Set(window.wanmi.map.queryRenderedFeatures({ layers: ['dry-run-symbol'] }).map(({ properties }) => properties.id)).size === points,
      result.points,
      { timeout: patienceMs, polling: 'raf' },
    )
    await accessible(page, '[data-test=duty]', 'dry run')
    await picture(page, 'dry-run-zh')
    await clean()
  })
})
