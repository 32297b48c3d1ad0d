// All of the view's state that a link should carry, as the part of the URL
// after "#":
//
//	z=15.2&c=114.3,34.8&at=114.3488,34.7886&component=…&layers=cells,zones&majors=01,02&case=01J…&cases=lamp:red&duty=nobody&heat=from:2025-01-01,scale:log&check=cell-gap&lang=zh&theme=dark
//
// What is absent is null here and means the default; what cannot be read is
// ignored, so an old or mangled link still opens the map.
import type { LonLat } from '../api/answers'
import { langs, type Lang } from '../i18n/messages'

export type Theme = 'light' | 'dark'

export interface Camera extends LonLat {
  zoom: number
}

export interface LinkState {
  camera: Camera | null
  at: LonLat | null
  component: string | null
  layers: string[] | null
  /** Majors of components that are shown; null: all of them. */
  majors: string[] | null
  /** The id of the case that is open. */
  case: string | null
  /** What is chosen in the list of cases (cases/list.ts); null: the list is closed. */
  cases: string[] | null
  /** The layers shown of the responsibility map; null: its panel is closed. */
  duty: string[] | null
  /** What is asked of heat and how it is shown (state/heat.svelte.ts); none: its panel is closed. */
  heat?: string[] | undefined
  /** The rule whose findings are listed, '' for all; null: the list is closed. */
  check: string | null
  lang: Lang | null
  theme: Theme | null
  /** What lies under the map (state/basemap.svelte.ts); none: the city's own base layers. */
  map?: string | undefined
  /** The statistic that was asked for (stats/question.ts), empty for none yet; none: its panel is closed. */
  stats?: string[] | undefined
}

export const emptyLink: Readonly<LinkState> = {
  camera: null, at: null, component: null, layers: null, majors: null,
  case: null, cases: null, duty: null, check: null, lang: null, theme: null,
}

const maxZoom = 22
const maxListItems = 64
const maxCodeLength = 80

export function parseLink(hash: string): LinkState {
  const values = new Map<string, string>()
  for (const part of hash.replace(/^#/, '').split('&')) {
    const equals = part.indexOf('=')
    if (equals > 0) values.set(part.slice(0, equals), part.slice(equals + 1))
  }

  const zoom = parseNumber(values.get('z'), 0, maxZoom)
  const centre = parseLonLat(values.get('c'))
  const at = parseLonLat(values.get('at'))
  const lang = values.get('lang')
  const theme = values.get('theme')
  return {
    camera: zoom !== null && centre !== null ? { ...centre, zoom } : null,
    at,
    component: at && parseCode(values.get('component')),
    layers: parseList(values.get('layers')),
    majors: parseList(values.get('majors')),
    case: parseCode(values.get('case')),
    cases: parseList(values.get('cases')),
    duty: parseList(values.get('duty')),
    heat: parseList(values.get('heat')) ?? undefined,
    check: values.get('check') === '' ? '' : parseCode(values.get('check')),
    lang: langs.find((known) => known === lang) ?? null,
    theme: theme === 'light' || theme === 'dark' ? theme : null,
    map: parseCode(values.get('map')) ?? undefined,
    stats: parseList(values.get('stats')) ?? undefined,
  }
}

export function formatLink(state: LinkState): string {
  const parts: string[] = []
  if (state.camera) {
    parts.push(`z=${trimmed(state.camera.zoom, 2)}`)
    parts.push(`c=${trimmed(state.camera.lon, 6)},${trimmed(state.camera.lat, 6)}`)
  }
  if (state.at) {
    parts.push(`at=${trimmed(state.at.lon, 7)},${trimmed(state.at.lat, 7)}`)
    if (state.component) parts.push(`component=${encodeURIComponent(state.component)}`)
  }
  if (state.layers) parts.push(`layers=${formatList(state.layers)}`)
  if (state.majors) parts.push(`majors=${formatList(state.majors)}`)
  if (state.case) parts.push(`case=${encodeURIComponent(state.case)}`)
  if (state.cases) parts.push(`cases=${formatList(state.cases)}`)
  if (state.duty) parts.push(`duty=${formatList(state.duty)}`)
  if (state.heat) parts.push(`heat=${formatList(state.heat)}`)
  if (state.stats) parts.push(`stats=${formatList(state.stats)}`)
  if (state.check !== null) parts.push(`check=${encodeURIComponent(state.check)}`)
  if (state.lang) parts.push(`lang=${state.lang}`)
  if (state.theme) parts.push(`theme=${state.theme}`)
  if (state.map) parts.push(`map=${encodeURIComponent(state.map)}`)
  return parts.length > 0 ? `#${parts.join('&')}` : ''
}

/** Fixed decimals without trailing zeros; never "1e-7", never "-0". */
function trimmed(value: number, decimals: number): string {
  const text = value.toFixed(decimals).replace(/\.?0+$/, '')
  return text === '-0' ? '0' : text
}

function parseNumber(text: string | undefined, least: number, most: number): number | null {
  if (text === undefined || !/^-?\d{1,3}(\.\d{1,12})?$/.test(text)) return null
  const value = Number(text)
  return value >= least && value <= most ? value : null
}

function parseLonLat(text: string | undefined): LonLat | null {
  const parts = text?.split(',') ?? []
  if (parts.length !== 2) return null
  const lon = parseNumber(parts[0], -180, 180)
  const lat = parseNumber(parts[1], -90, 90)
  return lon !== null && lat !== null ? { lon, lat } : null
}

function parseCode(text: string | undefined): string | null {
  if (!text) return null
  try {
    const code = decodeURIComponent(text)
    return code.length <= maxCodeLength ? code : null
  } catch {
    return null // a broken %-escape
  }
}

/** An empty list is a state of its own: nothing shown. */
function parseList(text: string | undefined): string[] | null {
  if (text === undefined) return null
  if (text === '') return []
  const items = text.split(',').slice(0, maxListItems).map(parseCode)
  const read = items.filter((item) => item !== null)
  return read.length > 0 ? [...new Set(read)] : null
}

function formatList(items: string[]): string {
  return items.map((item) => encodeURIComponent(item).replaceAll('%3A', ':')).join(',')
}
