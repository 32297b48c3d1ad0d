// What the tests of heat share: when all of it is there, what is asked for, what is drawn.
import { rest, serverURL } from './browser.mjs'

export const patienceMs = 30_000
export const period = 'from:2024-01-01,to:2025-01-01'
export const periodWords = 'from=2024-01-01&to=2025-01-01'

/** The demo makes its cases beside serving: waits until there are no more to come. */
export async function allCases() {
  for (let before = -1, now = 0; now === 0 || now !== before;) {
    await new Promise((next) => setTimeout(next, 2000))
    const answer = await fetch(new URL('heat/facets', serverURL))
    ;[before, now] = [now, answer.ok ? (await answer.json()).of : 0]
  }
}

export async function ready(page) {
  await page.waitForSelector('[data-test=heat][data-state=ready]', { timeout: patienceMs })
  await rest(page)
}

/** Every request from now on, but the icon that Chromium itself asks for at a new address. */
export function counting(page) {
  const seen = []
  page.on('request', (request) => {
    if (!request.url().endsWith('/favicon.svg')) seen.push(request.url())
  })
  return seen
}

/** The layer that is drawn, and its paint. */
export const painted = (page) =>
  page.evaluate(() => {
    const { map } = window.wanmi
    const layers = map.getStyle().layers.filter(({ type }) => type === 'color-relief')
    return layers.map(({ id, source }) => ({
      id, source: map.getStyle().sources[source],
      colour: JSON.stringify(map.getPaintProperty(id, 'color-relief-color')), opacity: map.getPaintProperty(id, 'color-relief-opacity'),
    }))
  })
