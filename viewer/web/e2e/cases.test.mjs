// The desk in a real browser against a real server: a case that is reported by
// another program is in the list and on the map at once, and goes its whole way
// by the buttons that the server allows.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { accessible } from './access.mjs'
import { getJSON, launch, openViewer, picture, rest, serverURL } from './browser.mjs'
import { dispatched, eventClass, everyRole, hashAt, openSigned, patienceMs, placeIn, report, send } from './desk.mjs'

assert.ok(process.env.WANMI_URL, 'WANMI_URL must name a running demo, such as http://127.0.0.1:8080/')

let browser
let city

before(async () => {
  city = await getJSON('v1/city')
  browser = await launch()
})
after(() => browser?.close())

/** A place that no other test uses. */
const place = (x, y) => placeIn(city, x, y)

/** A place where the rules of the demo want a person, so that the case waits for one. */
async function doubtfulPlace(category) {
  for (let n = 0; n < 400; n++) {
    const at = place(0.2 + 0.6 * ((n * 0.618034) % 1), 0.2 + 0.6 * ((n * 0.754878) % 1))
    const decision = await send('v1/dispatch', { ...at, kind: 'event', category })
    if (!decision.automatic && decision.question) return at
  }
  throw new Error('the rules are sure everywhere')
}

const panel = (page, state) =>
  page.waitForSelector(`[data-test=case][data-state=ready]${state ? `[data-case-state=${state}]` : ''}`, { timeout: patienceMs })

/** Waits until the map draws a case's pin. */
const drawn = (page, id) =>
  page.waitForFunction(
    (id) => window.wanmi.map.queryRenderedFeatures({ layers: ['cases-pin'] }).some(({ properties }) => properties.code === id),
    id,
    { timeout: patienceMs, polling: 'raf' },
  )

/** Takes a step by its button; dispatch keeps the unit that is proposed. */
async function act(page, kind, note = '') {
  await page.click(`[data-act=${kind}]`)
  if (note) await page.fill('[data-test=act-note]', note)
  await page.click('[data-test=act-send]')
  await page.waitForSelector('[data-test=took]', { timeout: patienceMs })
}

describe('a case reported by another program', () => {
  it('is in the list and on the map within moments, and is told to those who hear the page', async () => {
    const at = place(0.47, 0.53)
    const category = await eventClass()
    const { page, clean } = await openViewer(browser, hashAt(at, '&cases='))
    await page.waitForSelector('[data-test=cases][data-state=ready]')
    const times = []
    for (let round = 0; round < 3; round++) {
      const made = await report(place(0.47 + 0.004 * round, 0.53), category, { number: `E2E-${process.pid}-${round}` })
      const answered = performance.now()
      await page.fill('[data-test=cases-search]', made.case.number ?? made.case.id)
      await page.waitForSelector(`[data-case="${made.case.id}"]`, { timeout: patienceMs })
      const listed = performance.now()
      await drawn(page, made.case.id)
      times.push([Math.round(listed - answered), Math.round(performance.now() - answered)])
      assert.equal(await page.textContent(`[data-case="${made.case.id}"] .tag`), '新')
    }
    console.log(`# a case is listed, drawn ${times.map((pair) => pair.join(', ')).join('; ')} ms after its answer`)
    const told = await page.textContent('[data-test=cases-fresh] span')
    assert.ok(Number(/新增 (\d+)/.exec(told)?.[1]) >= 3, told)
    await page.click('[data-test=cases-fresh] button')
    assert.equal(await page.$('[data-test=cases-fresh]'), null)
    await clean()
  })

  it('is counted beside every option, found by its words, and opened by the keyboard', async () => {
    const at = place(0.52, 0.44)
    const category = await eventClass()
    const made = await report(at, category, { source: 'public' })
    const { page, clean } = await openViewer(browser, hashAt(at, '&cases='))
    await page.waitForSelector('[data-test=cases][data-state=ready]')
    await page.click('[data-test=cases-filter]')
    await page.check('[data-facet=source] [data-value=public]')
    const beside = Number(await page.evaluate(() => document.querySelector('[data-facet=source] [data-value=public]').closest('label').querySelector('.number').textContent))
    assert.equal(Number(await page.getAttribute('[data-test=cases]', 'data-listed')), beside)
    assert.ok(page.url().includes('source:public'), page.url())
    const tally = await page.$$eval('[data-lamp][data-count]', (found) => found.reduce((sum, { dataset }) => sum + Number(dataset.count), 0))
    assert.equal(tally, beside, 'the lamps count what is chosen')

    await page.fill('[data-test=cases-search]', made.case.id)
    await page.waitForSelector('[data-test=cases][data-listed="1"]')
    await page.focus('[data-test=cases-list]')
    const rowOf = await page.getAttribute('[data-test=cases-list]', 'aria-activedescendant')
    assert.equal(rowOf, `case-row-${made.case.id}`)
    await page.keyboard.press('Enter')
    await panel(page)
    assert.ok(page.url().includes(`case=${made.case.id}`), page.url())
    await page.keyboard.press('Escape')
    await page.waitForSelector('[data-test=case]', { state: 'detached' })
    await clean()
  })

  it('is opened by its pin, and by its link', async () => {
    const at = place(0.58, 0.36)
    const made = await report(at, await eventClass())
    const { page, clean } = await openViewer(browser, `#z=19&c=${at.lon},${at.lat}`)
    await drawn(page, made.case.id)
    await page.evaluate((at) => window.wanmi.map.jumpTo({ center: [at.lon, at.lat], zoom: 20 }), at)
    await rest(page)
    const { x, y } = await page.evaluate((at) => {
      const point = window.wanmi.map.project([at.lon, at.lat])
      const box = window.wanmi.map.getCanvas().getBoundingClientRect()
      return { x: box.x + point.x, y: box.y + point.y - 16 } // the pin's head
    }, at)
    await page.mouse.click(x, y)
    await panel(page)
    assert.equal(await page.getAttribute('[data-test=case]', 'data-id'), made.case.id)
    await page.reload()
    await panel(page)
    await rest(page)
    const answer = await getJSON(`v1/cases/${made.case.id}`)
    assert.equal(Number(await page.getAttribute('[data-test=case]', 'data-version')), answer.case.version)
    assert.deepEqual(await page.$$eval('[data-test=case-log] [data-event]', (rows) => rows.map(({ dataset }) => dataset.event).reverse()), answer.events.map(({ kind }) => kind))
    await page.waitForSelector('[data-test=case] [data-level=cell]')
    assert.equal(await page.getAttribute('[data-test=case] [data-level=cell]', 'data-code'), answer.case.cell)
    await clean()
  })
})

describe('a limit that passes', () => {
  it('turns the lamp red in list, bar and on the map, and is said aloud', async () => {
    const at = place(0.5, 0.5)
    const one = await dispatched(at, await eventClass())
    assert.ok(one.due_at, 'the class has a limit')
    const context = await browser.newContext({ viewport: { width: 1200, height: 800 }, locale: 'en-GB', reducedMotion: 'reduce' })
    const page = await context.newPage()
    await page.clock.install()
    await page.goto(new URL(hashAt(at, '&cases='), serverURL).href)
    await rest(page)
    await page.waitForSelector(`[data-case="${one.id}"][data-case-lamp=green]`, { timeout: patienceMs })
    assert.equal((await page.textContent('[data-test=alert]')).trim(), '')
    const pins = () => page.evaluate(() => JSON.stringify(window.wanmi.map.getLayoutProperty('cases-pin', 'icon-image')))
    const before = await pins()
    await page.clock.fastForward(Date.parse(one.due_at) - Date.now() + 60_000)
    await page.waitForSelector(`[data-case="${one.id}"][data-case-lamp=red]`, { timeout: patienceMs })
    await page.waitForFunction(() => /overdue/.test(document.querySelector('[data-test=alert]').textContent), null, { timeout: patienceMs })
    assert.equal(await page.getAttribute('[data-test=alert]', 'aria-live'), 'assertive')
    assert.ok(Number(await page.innerText('[data-test=cases-late]')) >= 1)
    assert.notEqual(await pins(), before, 'the map draws lamps of now')
    await context.close()
  })
})

describe('the way of a case', () => {
  it('is gone by the buttons of those who may, from the question to its closing', async () => {
    const category = await eventClass()
    const at = await doubtfulPlace(category)
    const made = await report(at, category)
    const id = made.case.id
    const hash = hashAt(at, `&case=${id}`)

    const operator = await openSigned(browser, hash, 'demo-operator')
    await panel(operator.page, 'registered')
    assert.equal(await operator.page.$('[data-act=dispatch]'), null, 'an operator does not dispatch')
    await act(operator.page, 'open')
    await panel(operator.page, 'open')
    await operator.clean()

    const dispatcher = await openSigned(browser, hash, 'demo-dispatcher')
    await panel(dispatcher.page, 'open')
    assert.equal(await dispatcher.page.$('[data-act=close]'), null, 'a dispatcher does not close')
    assert.ok((await dispatcher.page.$$('[data-test=question] [data-option]')).length === 2, 'the question has two answers')
    assert.ok(await dispatcher.page.$('[data-test=alternatives] li'), 'there are alternatives')
    const unit = await dispatcher.page.getAttribute('[data-test=question] [data-option]', 'data-option')
    await picture(dispatcher.page, 'case-question-zh')
    await dispatcher.page.click('[data-test=question] [data-option]')
    assert.equal(await dispatcher.page.inputValue('[data-test=act-unit]'), unit)
    await dispatcher.page.click('[data-test=act-send]')
    await panel(dispatcher.page, 'dispatched')
    await dispatcher.clean()

    const { page, clean } = await openSigned(browser, hash)
    await panel(page, 'dispatched')
    for (const [kind, state] of [['accept', 'accepted'], ['handle', 'handling'], ['feedback', 'done'], ['check', 'checked'], ['close', 'closed']]) {
      await act(page, kind, `e2e ${kind}`)
      await panel(page, state)
    }
    const steps = await page.$$eval('[data-test=case-way] [data-step]', (found) => found.map(({ dataset }) => `${dataset.step} ${dataset.is}`))
    assert.ok(steps.includes('close done') && steps.every((step) => / (done|skipped)$/.test(step)), String(steps))
    const { case: closed, events } = await getJSON(`v1/cases/${id}`)
    assert.equal(closed.state, 'closed')
    assert.equal(closed.unit, unit)
    assert.deepEqual(events.slice(-6).map(({ kind }) => kind), ['dispatch', 'accept', 'handle', 'feedback', 'check', 'close'])
    assert.equal(await page.$eval('[data-test=case-log] [data-event=close] .note', ({ textContent }) => textContent), 'e2e close')
    await picture(page, 'case-closed-zh')

    await page.click('[data-test=cases-toggle]')
    await page.fill('[data-test=cases-search]', id)
    await page.click('[data-test=past-find]')
    await page.waitForSelector(`[data-past="${id}"]`, { timeout: patienceMs })
    await clean()
  })

  it('says when another was faster, keeps what was typed, and goes on from there', async () => {
    const category = await eventClass()
    const at = await doubtfulPlace(category)
    const { case: one } = await report({ lon: at.lon + 0.0004, lat: at.lat }, category)
    const { page } = await openSigned(browser, hashAt(at, `&case=${one.id}&lang=en`))
    await page.route('**/v1/stream*', (route) => route.abort()) // so that the page does not know
    await page.reload()
    await panel(page)
    await page.click('[data-act=urge]')
    await page.fill('[data-test=act-note]', 'please hurry')
    await send(`v1/cases/${one.id}/events`, { kind: 'urge', note: 'by another' })
    await page.click('[data-test=act-send]')
    await page.waitForSelector('[data-test=refused][data-refused=changed]', { timeout: patienceMs })
    assert.equal(await page.inputValue('[data-test=act-note]'), 'please hurry')
    assert.match(await page.innerText('[data-test=case-log]'), /by another/)
    await page.click('[data-test=act-send]')
    await page.waitForSelector('[data-test=took]', { timeout: patienceMs })
    const { events } = await getJSON(`v1/cases/${one.id}`)
    assert.deepEqual(events.slice(-2).map(({ note }) => note), ['by another', 'please hurry'])

    // What cannot be, is said with what can.
    await send(`v1/cases/${one.id}/events`, { kind: 'urge', note: 'once more' })
    await page.reload()
    await panel(page)
    const dispatchable = (await page.$('[data-act=dispatch]')) ?? (await page.$('[data-act=open]'))
    assert.ok(dispatchable, 'the case can go on')
    if (!(await page.$('[data-act=dispatch]'))) {
      await act(page, 'open')
      await panel(page, 'open')
    }
    await page.click('[data-act=dispatch]')
    await page.fill('[data-test=act-unit]', 'NO-SUCH-UNIT')
    await page.click('[data-test=act-send]')
    await page.waitForSelector('[data-test=refused][data-refused=not-allowed]', { timeout: patienceMs })
    assert.match(await page.innerText('[data-test=refused]'), /NO-SUCH-UNIT|unit/)
    assert.match(await page.innerText('[data-test=refused]'), /Possible now: .*Dispatch/)
    await page.context().close()
  })

  it('does not know a token that is none, and says so', async () => {
    const at = place(0.4, 0.6)
    const { case: one } = await report(at, await eventClass())
    const { page } = await openViewer(browser, hashAt(at, `&case=${one.id}`))
    await panel(page)
    assert.equal(await page.$('[data-act]'), null, 'nobody may do anything')
    await page.click('[data-test=sign-in]')
    await page.fill('[data-test=sign-in-token]', 'wrong')
    await page.keyboard.press('Enter')
    await page.waitForSelector('[data-test=rejected]', { timeout: patienceMs })
    await page.click(`[data-demo=${everyRole}]`)
    await page.waitForSelector('[data-act]', { timeout: patienceMs })
    assert.equal(await page.evaluate(() => sessionStorage.getItem('wanmi.token')), everyRole)
    assert.equal(await page.evaluate(() => localStorage.length), 0)
    await page.context().close()
  })
})

describe('a report', () => {
  it('is made on the map, with what the rules say before it is sent', async () => {
    const at = place(0.61, 0.57)
    const { page, clean } = await openSigned(browser, hashAt(at, '&cases='))
    await page.click('[data-test=report-open]')
    await page.waitForSelector('[data-test=report]')
    const point = await page.evaluate(([lon, lat]) => {
      const { x, y } = window.wanmi.map.project([lon, lat])
      const box = window.wanmi.map.getCanvas().getBoundingClientRect()
      return { x: box.x + x - 90, y: box.y + y }
    }, [at.lon, at.lat])
    // Clear of components: a click on one would be about that.
    await page.evaluate(() => window.wanmi.map.getStyle().layers.filter(({ id }) => id.startsWith('components')).forEach(({ id }) => window.wanmi.map.setLayoutProperty(id, 'visibility', 'none')))
    await rest(page)
    await page.mouse.click(point.x, point.y)
    await page.waitForSelector('[data-test=report-at]')
    await page.fill('[data-test=report-find]', '01')
    const category = await page.$eval('[data-test=report-category] option', ({ value }) => value)
    await page.selectOption('[data-test=report-category]', category)
    await page.waitForSelector('[data-test=report-preview][data-state=ready]', { timeout: patienceMs })
    const [lon, lat] = (await page.textContent('[data-test=report-at]')).split(', ').map(Number)
    const decision = await send('v1/dispatch', { lon, lat, kind: 'event', category })
    assert.equal(await page.getAttribute('[data-test=report-preview] [data-test=decision]', 'data-unit'), decision.unit)
    assert.equal(Number(await page.getAttribute('[data-test=report-preview] [data-test=decision]', 'data-confidence')), decision.confidence)
    assert.equal((await page.$$('[data-test=report-preview] [data-test=reasons] li')).length, decision.trace.length)
    await accessible(page, '[data-test=report]', 'report')
    await picture(page, 'report-zh')
    await page.fill('[data-test=report-description]', '来自地图 🕳️')
    await page.click('[data-test=report-send]')
    await panel(page)
    const id = await page.getAttribute('[data-test=case]', 'data-id')
    const { case: made } = await getJSON(`v1/cases/${id}`)
    assert.equal(made.description, '来自地图 🕳️')
    assert.equal(made.category, category)
    assert.ok(Math.abs(made.position[0] - lon) < 1e-7 && Math.abs(made.position[1] - lat) < 1e-7)
    await page.waitForSelector(`[data-case="${id}"]`)
    await clean()
  })
})

describe('everyone', () => {
  for (const [theme, lang] of [['light', 'zh'], ['dark', 'en']]) {
    it(`can use it in ${theme}, ${lang}`, async () => {
      const category = await eventClass()
      const at = await doubtfulPlace(category)
      const { case: one } = await report({ lon: at.lon, lat: at.lat + 0.0003 }, category)
      const { page, clean } = await openSigned(browser, hashAt(at, `&cases=&case=${one.id}&theme=${theme}&lang=${lang}`))
      await panel(page)
      await page.waitForSelector(`[data-case="${one.id}"]`)
      await page.click('[data-test=cases-filter]')
      await accessible(page, '[data-test=cases]', 'the list')
      await page.click('[data-test=cases-filter]')
      await page.click('[data-act]')
      await accessible(page, '[data-test=case]', 'the case')
      await accessible(page, 'header', 'the bar')
      if (lang === 'en') {
        const chinese = await page.$$eval('[data-test=case] h3, [data-test=case] button, [data-test=cases] button, [data-test=cases] legend, [data-test=case] dt', (found) =>
          found.filter(({ children }) => children.length === 0).map(({ textContent }) => textContent).filter((text) => /[\u4e00-\u9fff]/.test(text)),
        )
        assert.deepEqual(chinese.filter((text) => !/^Dispatch to /.test(text)), [], 'no Chinese but names of the city')
      }
      await rest(page)
      await picture(page, `cases-${theme}-${lang}`)
      await page.evaluate(() => document.querySelector('[data-test=case] .panel-body').scrollTo(0, 1e6))
      await picture(page, `cases-end-${theme}-${lang}`)
      await clean()
    })
  }

  it('can use it on a narrow screen', async () => {
    const { page, clean } = await openViewer(browser, '#cases=', { viewport: { width: 390, height: 844 } })
    await page.waitForSelector('[data-test=cases][data-state=ready]')
    const overflow = () => page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
    assert.ok((await overflow()) <= 0, `${await overflow()} px wider than the screen`)
    await page.waitForSelector('[data-case]')
    await picture(page, 'cases-narrow')
    await page.click('[data-case]')
    await panel(page)
    assert.ok((await overflow()) <= 0, `${await overflow()} px wider than the screen`)
    await picture(page, 'case-narrow')
    await clean()
  })
})
