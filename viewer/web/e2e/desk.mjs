// What the tests of the desk share: writing as another program does, places and
// classes of the demo, and a viewer whose tab has a token.
import assert from 'node:assert/strict'
import { getJSON, openViewer, serverURL } from './browser.mjs'

export const patienceMs = 30_000
/** The demo's one token for every role; the log has the role. */
export const everyRole = 'demo'

export async function send(path, body, token = everyRole) {
  const answer = await fetch(new URL(path, serverURL), {
    method: 'POST',
    headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  })
  const text = await answer.text()
  assert.ok(answer.ok, `${path}: ${answer.status} ${text}`)
  return JSON.parse(text)
}

/** A place by shares of the city's bounds. */
export function placeIn(city, x, y) {
  const [west, south, east, north] = city.bounds
  return { lon: Number((west + x * (east - west)).toFixed(7)), lat: Number((south + y * (north - south)).toFixed(7)) }
}

/** A class of events of the city's scheme. */
export async function eventClass() {
  const { categories } = await getJSON('v1/categories?kind=event')
  return categories.find(({ major }) => major !== '').code
}

export const report = (at, category, more = {}) => send('v1/cases', { ...at, kind: 'event', category, source: 'patrol', description: 'e2e', ...more })

/** A case that lies with a unit: what the rules did not send out is sent by hand. */
export async function dispatched(at, category) {
  const { case: one } = await report(at, category)
  const { case: now } = await getJSON(`v1/cases/${one.id}`)
  if (now.state === 'registered') await send(`v1/cases/${one.id}/events`, { kind: 'open' })
  if (!now.unit) {
    const { unit } = await send('v1/dispatch', { ...at, kind: 'event', category })
    await send(`v1/cases/${one.id}/events`, { kind: 'dispatch', unit })
  }
  return (await getJSON(`v1/cases/${one.id}`)).case
}

export const hashAt = ({ lon, lat }, more = '') => `#z=17&c=${lon},${lat}${more}`

/** Opens the viewer with a token in its tab. */
export const openSigned = (browser, hash, token = everyRole) => openViewer(browser, hash, { token })
