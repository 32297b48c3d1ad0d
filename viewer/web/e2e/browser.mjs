// The browser the tests drive, and how they wait for it. One set of flags,
// pinned: pictures differ between sets, and software WebGL needs these.
import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { chromium } from 'playwright-core'

const flags = [
  '--no-sandbox', '--use-gl=angle', '--use-angle=swiftshader', '--enable-unsafe-swiftshader',
  '--ignore-gpu-blocklist', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync',
]

/** Software rendering needs seconds to its first rest. */
const patienceMs = 30_000

/** Of the running server, which WANMI_URL names; the report's test has none. */
export const serverURL = new URL('./', (process.env.WANMI_URL ?? 'http://127.0.0.1:8080').replace(/\/?$/, '/'))

export function launch(options = {}) {
  return chromium.launch({
    ...options,
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    headless: true,
    args: flags,
  })
}

/**
 * Opens the viewer and notes everything that must not happen. Call `clean()`
 * at the end of a test (`token` is who acts): it fails on console errors and warnings, violations of
 * the content security policy, failed requests, and requests to other hosts.
 */
export async function openViewer(browser, hash = '', { token = '', ...options } = {}) {
  const context = await browser.newContext({
    viewport: { width: 1440, height: 900 },
    locale: 'zh-CN',
    timezoneId: 'Asia/Shanghai',
    colorScheme: 'light',
    reducedMotion: 'reduce',
    ...options,
  })
  const page = await context.newPage()
  const wrong = []
  let requests = 0
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) wrong.push(`console ${message.type()}: ${message.text()}`)
  })
  page.on('pageerror', (error) => wrong.push(`page error: ${error.message}`))
  page.on('request', (request) => {
    requests++
    const url = new URL(request.url())
    if (['data:', 'blob:'].includes(url.protocol)) return
    if (url.origin !== serverURL.origin) wrong.push(`request to another host: ${request.url()}`)
  })
  page.on('response', (response) => {
    if (response.status() >= 400) wrong.push(`${response.status()} ${response.url()}`)
  })
  await page.addInitScript(() => {
    window.__violations = []
    document.addEventListener('securitypolicyviolation', (event) =>
      window.__violations.push(`${event.violatedDirective} ${event.blockedURI}`),
    )
  })
  if (token) await page.addInitScript((token) => sessionStorage.setItem('wanmi.token', token), token)
  const answer = await page.goto(new URL(hash, serverURL).href)
  await rest(page)
  return {
    page,
    answer,
    /** `meant`: answers that the test made fail. */
    async clean(meant = /^$/) {
      const violations = await page.evaluate(() => window.__violations)
      assert.deepEqual([...wrong.filter((one) => !meant.test(one)), ...violations.map((v) => `CSP: ${v}`)], [])
      assert.ok(requests > 5, 'the page asked for hardly anything')
      await context.close()
    },
  }
}

/** Waits until the map has nothing more to draw and says so twice in a row. */
export async function rest(page) {
  for (let round = 0; round < 2; round++) {
    await page.waitForFunction(() => window.__idle === true, null, { timeout: patienceMs })
    await page.waitForTimeout(150)
  }
  await page.waitForFunction(() => window.__idle === true, null, { timeout: patienceMs })
}

/** Clicks the map at a position on the ground and waits for every answer. */
export async function ask(page, [lon, lat]) {
  const point = await page.evaluate(([lon, lat]) => {
    const { x, y } = window.wanmi.map.project([lon, lat])
    const box = window.wanmi.map.getCanvas().getBoundingClientRect()
    return { x: box.x + x, y: box.y + y }
  }, [lon, lat])
  await page.mouse.click(point.x, point.y)
  await settled(page)
}

export async function settled(page) {
  await page.waitForSelector('[data-test=place][data-settled=true]', { timeout: patienceMs })
  await rest(page)
}

export async function getJSON(path) {
  const answer = await fetch(new URL(path, serverURL))
  assert.equal(answer.status, 200, `GET ${path}: ${answer.status}`)
  return answer.json()
}

/** A picture for people to look at, if WANMI_SHOTS names a folder. */
export async function picture(page, name) {
  const folder = process.env.WANMI_SHOTS
  if (!folder) return
  mkdirSync(folder, { recursive: true })
  await page.screenshot({ path: `${folder}/${name}.png` })
}

/** Camera hashes from the city's bounds: the whole city, some blocks, a street. */
export function cameras([west, south, east, north]) {
  const centre = `${((west + east) / 2).toFixed(5)},${((south + north) / 2).toFixed(5)}`
  return { city: '', block: `#z=16&c=${centre}`, street: `#z=18&c=${centre}` }
}
