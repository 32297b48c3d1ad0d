// The viewer in a real browser against a real server: what the panel says must
// be what the HTTP interface answers, and what the map draws what the tiles hold.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { ask, cameras, getJSON, launch, openViewer, picture, rest, serverURL, settled } from './browser.mjs'
import { tileFeaturesInView } from './tiles.mjs'

assert.ok(process.env.WANMI_URL, 'WANMI_URL must name a running server, such as http://127.0.0.1:8080/')

let browser
let city

before(async () => {
  city = await getJSON('v1/city')
  browser = await launch()
})
after(() => browser?.close())

describe('the page', () => {
  it('loads without errors, violations or requests to other hosts, under a strict policy', async () => {
    const { page, answer, clean } = await openViewer(browser)
    const policy = answer.headers()['content-security-policy'] ?? ''
    for (const rule of ["default-src 'self'", "script-src 'self'", "style-src 'self'", "worker-src 'self'"]) {
      assert.ok(policy.includes(rule), `the policy lacks ${rule}: ${policy}`)
    }
    assert.ok(!policy.includes('unsafe'), policy)
    assert.equal(await page.textContent('[data-test=city-name]'), city.name)
    assert.equal(await page.title(), `${city.name} · 万米`)
    assert.equal(await page.getAttribute('html', 'lang'), 'zh-CN')

    const view = await page.evaluate(() => window.wanmi.map.getBounds().toArray().flat())
    const [west, south, east, north] = city.bounds
    assert.ok(view[0] <= west && view[1] <= south && view[2] >= east && view[3] >= north, 'the whole city is in view')
    await clean()
  })
})

describe('where is it', () => {
  const [lon, lat] = [(i, w, e) => w + i * (e - w), (i, s, n) => s + i * (n - s)]

  it('says what the interface answers, at four places in the city', async () => {
    const [west, south, east, north] = city.bounds
    let inside = 0
    for (const [x, y] of [[0.31, 0.52], [0.5, 0.47], [0.63, 0.58], [0.42, 0.39]]) {
      const at = [lon(x, west, east), lat(y, south, north)]
      const { page, clean } = await openViewer(browser, `#z=17.5&c=${at[0].toFixed(6)},${at[1].toFixed(6)}`)
      await ask(page, at)
      inside += (await compare(page)) === 'inside' ? 1 : 0
      await clean()
    }
    assert.ok(inside >= 3, `only ${inside} of the places were in a cell`)
  })

  it('says what the interface answers, far outside the city', async () => {
    const [west, south, east, north] = city.bounds
    const at = [west - 2 * (east - west), south - 2 * (north - south)]
    const { page, clean } = await openViewer(browser, `#z=15&c=${at[0].toFixed(6)},${at[1].toFixed(6)}`)
    await ask(page, at)
    assert.equal(await compare(page), 'outside')
    await clean()
  })

  it('takes the component that was clicked, and asks about where it stands', async () => {
    const { features } = await getJSON(
      `v1/nearest?lon=${(city.bounds[0] + city.bounds[2]) / 2}&lat=${(city.bounds[1] + city.bounds[3]) / 2}&layer=components&k=20&radius_m=2000`,
    )
    const target = features.find(({ geometry }) => geometry.type === 'Point')
    assert.ok(target, 'the city has a component that is a point')
    const at = target.geometry.coordinates
    const { page, clean } = await openViewer(browser, `#z=20.5&c=${at[0]},${at[1]}`)
    await ask(page, at)
    assert.equal(await page.getAttribute('[data-component]', 'data-component'), target.properties.code)
    assert.ok(page.url().includes(`component=${encodeURIComponent(target.properties.code)}`), page.url())
    const [lonText, latText] = await Promise.all(['data-lon', 'data-lat'].map((name) => page.getAttribute('[data-test=place]', name)))
    assert.ok(Math.abs(Number(lonText) - at[0]) < 1e-6 && Math.abs(Number(latText) - at[1]) < 1e-6)
    await compare(page)
    await clean()
  })

  it('answers the Enter key at the centre of the map, and closes with Escape', async () => {
    const [west, south, east, north] = city.bounds
    const { page, clean } = await openViewer(browser, `#z=17&c=${lon(0.5, west, east)},${lat(0.5, south, north)}`)
    await page.focus('.maplibregl-canvas')
    await page.keyboard.press('ArrowRight')
    await rest(page)
    await page.keyboard.press('Enter')
    await settled(page)
    await compare(page)
    assert.notEqual((await page.textContent('[data-test=announcement]'))?.trim(), '', 'the answer is announced')
    await page.keyboard.press('Escape')
    await page.waitForSelector('[data-test=place]', { state: 'detached' })
    assert.ok(!page.url().includes('at='), page.url())
    await clean()
  })
})

/** Compares the open panel with the interface's answers for the position it shows; returns the status. */
async function compare(page) {
  const panel = await page.evaluate(() => {
    const place = document.querySelector('[data-test=place]')
    const fact = (name) => place.querySelector(`[data-fact=${name}]`)
    const component = place.querySelector('[data-component]')
    return {
      status: place.dataset.status,
      lon: place.dataset.lon,
      lat: place.dataset.lat,
      chain: Object.fromEntries([...place.querySelectorAll('[data-level]')].map((row) => [row.dataset.level, { code: row.dataset.code, name: row.dataset.name, text: row.innerText }])),
      border: fact('border')?.dataset.value ?? null,
      borderText: fact('border')?.innerText ?? '',
      across: fact('across')?.dataset.value ?? null,
      distance: fact('distance')?.dataset.value ?? null,
      component: component ? component.dataset.component : null,
      componentDistance: component?.dataset.distance ?? '',
      componentFacts: Object.fromEntries([...(component?.querySelectorAll('[data-field]') ?? [])].map((row) => [row.dataset.field, row.dataset.value])),
      coordinates: [...place.querySelectorAll('[data-crs]')].map(({ dataset, innerText }) => ({ ...dataset, text: innerText })),
      text: place.innerText,
    }
  })
  const position = `lon=${panel.lon}&lat=${panel.lat}`
  const answer = await getJSON(`v1/geocode?${position}`)
  const where = `${position}: ${JSON.stringify(answer)}`

  assert.equal(panel.status, answer.status, where)
  assert.equal(panel.chain.city.code, city.code)
  for (const level of ['district', 'street', 'community', 'zone', 'cell']) {
    const row = panel.chain[level]
    assert.equal(row.code, answer[level]?.code ?? '', `${level} ${where}`)
    assert.equal(row.name, answer[level]?.name ?? '', `${level} ${where}`)
    if (answer[level]) assert.ok(row.text.includes(answer[level].code), row.text)
    else assert.ok(row.text.includes('—'), row.text)
  }
  if (answer.status === 'inside') {
    assert.equal(Number(panel.border), answer.cell.border_m, where)
    const shown = Number(/[\d.]+/.exec(panel.borderText.replace(/^.*?\n/s, ""))?.[0])
    assert.ok(Math.abs(shown - answer.cell.border_m) <= 0.0501, `${panel.borderText} for ${answer.cell.border_m} m`)
    assert.equal(panel.across, answer.cell.across ?? '', where)
  }
  if (answer.status === 'near') assert.equal(Number(panel.distance), answer.cell.distance_m, where)
  assert.ok(panel.text.includes(String(answer.city_version)))
  if (answer.zone?.unit && city.counts.units) await namesUnit(page, answer.zone.unit)

  if (panel.componentDistance === '' && panel.component) {
    const feature = await getJSON(`v1/components/${encodeURIComponent(panel.component)}`)
    compareComponent(panel, feature.properties)
  } else {
    const { features } = await getJSON(`v1/nearest?${position}&layer=components&k=1&radius_m=30`)
    assert.equal(panel.component, features[0]?.properties.code ?? '', where)
    if (features[0]) {
      assert.equal(Number(panel.componentDistance), features[0].properties.distance_m)
      compareComponent(panel, features[0].properties)
    }
  }

  const systems = panel.coordinates.map(({ crs }) => crs)
  if (city.gcj02) {
    const { to } = await getJSON(`v1/crs/convert?${position}&crs=cgcs2000&to=gcj02,bd09`)
    assert.deepEqual(systems, ['cgcs2000', ...to.map(({ crs }) => crs)])
    for (const { crs, lon, lat } of to) {
      const row = panel.coordinates.find((shown) => shown.crs === crs)
      assert.ok(row.text.includes(`${lon.toFixed(7)}, ${lat.toFixed(7)}`), `${crs}: ${row.text}`)
    }
  } else {
    assert.deepEqual(systems, ['cgcs2000'])
  }
  return answer.status
}

/** The panel shows a unit by its name, which comes with an answer of its own. */
async function namesUnit(page, code) {
  const { properties } = await getJSON(`v1/units/${encodeURIComponent(code)}`)
  await page.waitForFunction((name) => document.querySelector('[data-test=place]').innerText.includes(name), properties.name, { timeout: 5000 })
}

function compareComponent(panel, facts) {
  for (const field of ['state', 'owner', 'maintainer', 'authority']) {
    assert.equal(panel.componentFacts[field], facts[field] ?? '', `${field} of ${facts.code}`)
  }
  assert.ok(panel.text.includes(facts.category_name), `category of ${facts.code}`)
}

describe('the state of the page', () => {
  it('lives in the URL: language, theme, layers, majors and place come back on reload, back and forward', async () => {
    const [west, south, east, north] = city.bounds
    const { page, clean } = await openViewer(browser, `#z=16.5&c=${(west + east) / 2},${(south + north) / 2}`)
    await ask(page, [(west + east) / 2, (south + north) / 2])
    await page.click('[data-test=lang-en]')
    await page.click('[data-test=theme-dark]')
    await page.click('[data-layer=cells] > label')
    const major = await page.getAttribute('[data-major]', 'data-major')
    await page.click(`[data-major="${major}"]`)
    await rest(page)

    const before = await state(page)
    assert.equal(before.lang, 'en')
    assert.equal(before.theme, 'dark')
    assert.ok(!before.layers.includes('cells'))
    assert.ok(!before.majors.includes(major))
    assert.equal(before.drawnCells, 0, 'cells are switched off')
    assert.match(before.panelTitle, /Where is it/)
    assert.match(before.zoomIn, /Zoom in/)
    assert.equal(before.cityName, city.name, 'the city keeps its own name')

    await page.reload()
    await settled(page)
    assert.deepEqual(await state(page), before)

    await page.goBack() // the major
    await rest(page)
    assert.ok((await state(page)).majors.includes(major))
    await page.goBack() // the cells
    await rest(page)
    assert.ok((await state(page)).drawnCells > 0)
    await page.goForward()
    await page.goForward()
    await rest(page)
    assert.deepEqual(await state(page), before)
    await clean()
  })

  it('opens in English for an English reader, with no Chinese interface text', async () => {
    const { page, clean } = await openViewer(browser, '', { locale: 'en-GB' })
    assert.equal(await page.getAttribute('html', 'lang'), 'en')
    const chinese = await page.$$eval('button, h2, h3, [title], [aria-label]', (found) =>
      found
        .filter((element) => !element.closest('[lang="zh-CN"]'))
        .flatMap((element) => [element.getAttribute('title') ?? '', element.getAttribute('aria-label') ?? '', element.children.length ? '' : (element.textContent ?? '')])
        .filter((text) => /[\u4e00-\u9fff]/.test(text)),
    )
    assert.deepEqual(chinese, [])
    await clean()
  })

  it('ignores a mangled link', async () => {
    const { page, clean } = await openViewer(browser, '#z=99&c=x&at=1,2,3&layers=%E0%A4%A&lang=klingon')
    assert.equal(await page.textContent('[data-test=city-name]'), city.name)
    assert.equal(await page.$('[data-test=place]'), null)
    await clean()
  })

  it('keeps the page when one answer fails, and asks again', async () => {
    const { page } = await openViewer(browser)
    let broken = true
    await page.route('**/v1/crs/convert*', (route) =>
      broken
        ? route.fulfill({ status: 503, contentType: 'application/problem+json', body: '{"title":"Overloaded","status":503,"detail":"too many requests","code":"overloaded"}' })
        : route.continue(),
    )
    await page.route('**/v1/nearest*', (route) => (broken ? route.abort() : route.continue()))
    const [west, south, east, north] = city.bounds
    await ask(page, [west + 0.45 * (east - west), south + 0.5 * (north - south)])
    const notes = await page.$$eval('[data-test=place] .note', (found) => found.length)
    assert.ok(notes >= (city.gcj02 ? 1 : 0), 'the failure is shown in its place')
    assert.ok(await page.$('[data-level=cell]'), 'the chain is there all the same')
    broken = false
    while (await page.$('[data-test=place] .note button')) {
      await page.click('[data-test=place] .note button')
      await settled(page)
    }
    await compare(page)
    await page.context().close()
  })
})

/** Everything of the page's state that a reload must bring back. */
function state(page) {
  return page.evaluate(() => {
    const ticked = (name) =>
      [...document.querySelectorAll(`[data-${name}]`)].filter((row) => row.querySelector('input').checked).map((row) => row.dataset[name])
    const map = window.wanmi.map
    const centre = map.getCenter()
    return {
      lang: document.documentElement.lang,
      theme: document.documentElement.dataset.theme,
      layers: ticked('layer'),
      majors: ticked('major'),
      drawnCells: map.queryRenderedFeatures({ layers: ['cells-line'] }).length,
      land: map.getPaintProperty('land', 'background-color'),
      zoom: map.getZoom().toFixed(2),
      centre: `${centre.lng.toFixed(5)},${centre.lat.toFixed(5)}`,
      hash: location.hash,
      cell: document.querySelector('[data-level=cell]')?.dataset.code ?? '',
      panelTitle: document.querySelector('[data-test=place] h2')?.textContent ?? '',
      zoomIn: document.querySelector('.maplibregl-ctrl-zoom-in').title,
      cityName: document.querySelector('[data-test=city-name]').textContent,
    }
  })
}

describe('the map', () => {
  it('draws the cells and components that the tiles hold', async () => {
    const [west, south, east, north] = city.bounds
    const { page, clean } = await openViewer(browser, `#z=15.5&c=${(west + east) / 2},${(south + north) / 2}`)
    const { view, zoom, drawn } = await page.evaluate(() => {
      const map = window.wanmi.map
      const there = (ids) => ids.filter((id) => map.getLayer(id))
      const codes = (ids) => [...new Set(map.queryRenderedFeatures({ layers: there(ids) }).map((f) => f.properties.code))]
      return {
        view: map.getBounds().toArray().flat(),
        zoom: map.getZoom(),
        drawn: {
          cells: codes(['cells-line', 'cells-area']),
          components: codes(['components-dot', 'components-symbol', 'components-line', 'components-area']),
        },
      }
    })
    const catalogue = await getJSON('tiles.json')
    for (const id of ['cells', 'components']) {
      const layer = catalogue.layers.find((known) => known.id === id)
      assert.ok(layer, `the catalogue has ${id}`)
      const { certain, possible } = await tileFeaturesInView(id, layer, view, zoom)
      assert.ok(certain.size > 10, `the tiles hold ${certain.size} ${id} in view`)
      const found = new Set(drawn[id])
      const missing = [...certain].filter((code) => !found.has(code))
      const extra = drawn[id].filter((code) => !possible.has(code))
      assert.deepEqual({ missing, extra }, { missing: [], extra: [] }, id)
      console.log(`# ${id}: ${found.size} drawn, ${certain.size} to ${possible.size} in the tiles (view ${view.map((v) => v.toFixed(4))})`)
    }
    await clean()
  })

  it('draws names of the zones once each', async () => {
    const { page, clean } = await openViewer(browser)
    const names = await page.evaluate(() =>
      window.wanmi.map.queryRenderedFeatures({ layers: ['zones-name'] }).map(({ properties }) => properties.code),
    )
    assert.ok(names.length > 0, 'there are names')
    assert.equal(new Set(names).size, names.length, String(names))
    await clean()
  })
})

describe('the check', () => {
  /** What the interface answers, once the check is done. */
  const findings = async (query = '') => {
    for (;;) {
      const answer = await fetch(new URL(`v1/check?limit=500${query}`, serverURL))
      if (answer.status === 200) return answer.json()
      assert.equal(answer.status, 202)
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
  }
  const ready = (page) => page.waitForSelector('[data-test=check][data-state=ready]', { timeout: 30_000 })
  const picked = (page) => page.getAttribute('[data-test=check]', 'data-picked')

  it('lists what the interface lists, and steps through it on the map', async () => {
    const answer = await findings()
    const { page, clean } = await openViewer(browser)
    const loaded = () => page.evaluate(() => performance.getEntriesByType('resource').some(({ name }) => /CheckPanel.*\.js/.test(name)))
    assert.equal(await loaded(), false, 'the list comes when it is opened')
    await page.click('[data-test=check-toggle]')
    await ready(page)
    await rest(page)
    assert.equal(await loaded(), true)
    assert.ok(page.url().includes('check='), page.url())
    const rows = await page.$$eval('[data-finding]', (found) => found.map(({ dataset }) => `${dataset.rule} ${dataset.codes}`))
    const wanted = answer.findings.map(({ rule, features }) => `${rule} ${features.map(({ code }) => code).join(' ')}`)
    assert.deepEqual(rows, wanted)
    assert.equal(Number(await page.getAttribute('[data-test=check]', 'data-matched')), answer.matched)
    if (answer.matched === 0) return clean()

    for (const [how, index] of [['next', 0], ['key', 1 % rows.length], ['previous', 0]]) {
      if (how === 'key') await page.keyboard.press('n')
      else await page.click(`[data-test=check-${how}]`)
      await page.waitForSelector(`[data-test=check][data-picked="${index}"]`)
      await rest(page)
      const finding = answer.findings[index]
      assert.ok((await page.innerText('[data-test=check-one]')).includes(finding.reason.zh), how)
      const seen = await page.evaluate(() => {
        const map = window.wanmi.map
        const drawn = (layer) => map.queryRenderedFeatures({ layers: [layer] }).map(({ properties }) => properties.index)
        return { marks: drawn('faults-mark'), ring: drawn('fault-picked-ring'), view: map.getBounds().toArray().flat() }
      })
      if (!finding.at) continue
      const [west, south, east, north] = seen.view
      assert.ok(west < finding.at[0] && finding.at[0] < east && south < finding.at[1] && finding.at[1] < north, `${how}: the map is elsewhere`)
      assert.ok(seen.marks.includes(index) && seen.ring.includes(index), `${how}: ${JSON.stringify(seen)}`)
    }
    assert.notEqual((await page.textContent('[data-test=announcement]'))?.trim(), '', 'the finding is announced')

    await page.click('[data-test=check-close]')
    await rest(page)
    const left = await page.evaluate(() => window.wanmi.map.queryRenderedFeatures({ layers: ['faults-mark', 'fault-picked-ring'] }).length)
    assert.equal(left, 0, 'the marks go with the list')
    assert.ok(!page.url().includes('check='), page.url())
    await clean()
  })

  it('shows one rule, takes a click on the map, and comes back from the link', async () => {
    const { rules } = await findings()
    const rule = rules.find(({ n }) => n > 0)
    if (!rule) return
    const answer = await findings(`&rule=${rule.id}`)
    const { page, clean } = await openViewer(browser, '#lang=en&check=')
    await ready(page)
    await page.selectOption('[data-test=check-rule]', rule.id)
    await page.waitForFunction((rule) => location.hash.includes(`check=${rule}`), rule.id)
    await ready(page)
    await rest(page)
    assert.equal(await page.getAttribute('[data-test=check]', 'data-matched'), String(answer.matched))
    const chinese = await page.$$eval('[data-test=check] *', (found) =>
      found.filter(({ children }) => children.length === 0).map(({ textContent }) => textContent ?? '').filter((text) => /[\u4e00-\u9fff]/.test(text)),
    )
    assert.deepEqual(chinese, [])

    const index = answer.findings.findIndex(({ at }) => at)
    if (index >= 0) {
      await page.click(`[data-finding="${index}"]`)
      await rest(page)
      const { x, y } = await page.evaluate(([lon, lat]) => {
        const point = window.wanmi.map.project([lon, lat])
        const box = window.wanmi.map.getCanvas().getBoundingClientRect()
        return { x: box.x + point.x, y: box.y + point.y }
      }, answer.findings[index].at)
      await page.mouse.click(x, y)
      assert.notEqual(await picked(page), '')
      assert.equal(await page.$('[data-test=place]'), null, 'the click was for the finding')
    }
    await page.reload()
    await ready(page)
    assert.equal(await page.inputValue('[data-test=check-rule]'), rule.id)
    await page.keyboard.press('Escape')
    await page.waitForSelector('[data-test=check]', { state: 'detached' })
    await clean()
  })

  it('waits for a check under way, and says what failed', async () => {
    const { page } = await openViewer(browser)
    let turn = 0
    await page.route('**/v1/check*', (route) => {
      turn++
      if (turn === 1) return route.fulfill({ status: 202, contentType: 'application/json', body: '{"state":"running","rule":"cell-gap","city_version":1}' })
      if (turn === 2) return route.fulfill({ status: 500, contentType: 'application/problem+json', body: '{"title":"internal","status":500,"detail":"the server failed","code":"internal"}' })
      return route.continue()
    })
    await page.click('[data-test=check-toggle]')
    await page.waitForFunction(() => document.querySelector('[data-test=check]')?.innerText.includes('cell-gap'))
    await page.waitForSelector('[data-test=check][data-state=failed]', { timeout: 10_000 })
    await page.click('[data-test=check] .note button')
    await ready(page)
    await page.context().close()
  })

  it('fits a narrow screen, in both looks', async () => {
    for (const [theme, lang] of [['light', 'zh'], ['dark', 'en']]) {
      const narrow = await openViewer(browser, `#check=&theme=${theme}&lang=${lang}`, { viewport: { width: 390, height: 844 } })
      await ready(narrow.page)
      await narrow.page.click('[data-test=check-next]', { timeout: 5000 }).catch(() => {})
      await rest(narrow.page)
      await picture(narrow.page, `check-narrow-${theme}-${lang}`)
      const overflow = await narrow.page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
      assert.ok(overflow <= 0, `${overflow} px wider than the screen`)
      await narrow.clean()
      const wide = await openViewer(browser, `#check=&theme=${theme}&lang=${lang}`)
      await ready(wide.page)
      await picture(wide.page, `check-all-${theme}-${lang}`)
      await wide.page.click('[data-test=check-next]', { timeout: 5000 }).catch(() => {})
      await rest(wide.page)
      await picture(wide.page, `check-${theme}-${lang}`)
      await wide.clean()
    }
  })
})

describe('pictures', () => {
  for (const lang of ['zh', 'en']) {
    for (const scale of ['city', 'block', 'street']) {
      it(`of the ${scale} in ${lang}`, async () => {
        const hash = cameras(city.bounds)[scale]
        const { page, clean } = await openViewer(browser, `${hash || '#'}${hash ? '&' : ''}lang=${lang}`)
        if (scale !== 'city') {
          const { width, height } = page.viewportSize()
          await page.mouse.click(width * 0.46, height * 0.52)
          await settled(page)
        }
        await picture(page, `${scale}-${lang}`)
        await clean()
      })
    }
  }

  it('in dark, and on a narrow screen', async () => {
    const dark = await openViewer(browser, `${cameras(city.bounds).block}&theme=dark`)
    await picture(dark.page, 'block-dark')
    await dark.clean()
    const narrow = await openViewer(browser, cameras(city.bounds).block, { viewport: { width: 390, height: 844 } })
    await narrow.page.mouse.click(195, 300)
    await settled(narrow.page)
    await picture(narrow.page, 'narrow')
    const overflow = await narrow.page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
    assert.ok(overflow <= 0, `${overflow} px wider than the screen`)
    await narrow.clean()
  })
})

