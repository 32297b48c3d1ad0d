// The list of cases as values: what news make of it, which of it is asked for,
// how much there is beside each option, and in which order.
import type { CaseSummary, Lamp } from '../api/cases'
import { isOver, lampAt, lamps } from './lamp'

export type CaseMap = ReadonlyMap<string, CaseSummary>

/** How long a case that is over stays in the list, as on the map. */
export const keptOverMs = 24 * 3_600_000

/** Puts cases in; of two forms of one case the later counts, whichever came first. */
export function fold(known: CaseMap, news: readonly CaseSummary[]): CaseMap {
  let next: Map<string, CaseSummary> | null = null
  for (const one of news) {
    const before = (next ?? known).get(one.id)
    if (before && before.version >= one.version) continue
    next ??= new Map(known)
    next.set(one.id, one)
  }
  return next ?? known
}

/** Leaves out what has been over for a day. */
export function withoutOld(known: CaseMap, now: number): CaseMap {
  const old = [...known.values()].filter(
    ({ state, closed_at }) => isOver(state) && closed_at !== undefined && now - Date.parse(closed_at) > keptOverMs,
  )
  if (old.length === 0) return known
  const next = new Map(known)
  for (const { id } of old) next.delete(id)
  return next
}

/** What can be chosen in the list; each has any number of values. */
export const facets = ['lamp', 'status', 'kind', 'source', 'unit', 'category'] as const
export type Facet = (typeof facets)[number]

export type Filter = Readonly<Record<Facet, readonly string[]>> & { readonly text: string }

export const everything: Filter = { lamp: [], status: [], kind: [], source: [], unit: [], category: [], text: '' }

export const isEverything = (filter: Filter): boolean => filter.text === '' && facets.every((facet) => filter[facet].length === 0)

/** A class is named with its kind: its code alone is not unique. */
export const classOf = ({ kind, category }: Pick<CaseSummary, 'kind' | 'category'>): string => `${kind} ${category}`

export function valueOf(one: CaseSummary, facet: Facet, now: number): string {
  switch (facet) {
    case 'lamp':
      return lampAt(one, now)
    case 'status':
      return one.state
    case 'kind':
      return one.kind
    case 'source':
      return one.source
    case 'unit':
      return one.unit ?? ''
    case 'category':
      return classOf(one)
  }
}

function hasText(one: CaseSummary, text: string): boolean {
  const words = text.toLowerCase().split(/\s+/).filter((word) => word !== '')
  if (words.length === 0) return true
  const said = [one.number, one.id, one.category_name, one.category, one.unit_name, one.unit, one.component, one.cell, one.zone]
    .filter((part) => part !== undefined)
    .join('\n')
    .toLowerCase()
  return words.every((word) => said.includes(word))
}

export function matches(one: CaseSummary, filter: Filter, now: number, except: Facet | null = null): boolean {
  for (const facet of facets) {
    const wanted = filter[facet]
    if (facet !== except && wanted.length > 0 && !wanted.includes(valueOf(one, facet, now))) return false
  }
  return hasText(one, filter.text)
}

export interface Option {
  value: string
  /** A name that comes with the cases, '' where the value is a word of ours. */
  name: string
  count: number
}

/**
 * The options of a facet, the most frequent first: each with how many cases
 * there would be with it, all other choices kept.
 */
export function options(cases: Iterable<CaseSummary>, facet: Facet, filter: Filter, now: number): Option[] {
  const found = new Map<string, Option>()
  for (const value of filter[facet]) found.set(value, { value, name: '', count: 0 }) // a choice stays to be undone
  for (const one of cases) {
    const value = valueOf(one, facet, now)
    const name = facet === 'unit' ? (one.unit_name ?? '') : facet === 'category' ? one.category_name : ''
    const option = found.get(value) ?? { value, name, count: 0 }
    option.name ||= name
    found.set(value, option)
    if (matches(one, filter, now, facet)) option.count++
  }
  return [...found.values()].sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1))
}

export type Order = 'urgent' | 'newest'

/** By when it must be acted on: red before yellow before green, then by the limit; what has none comes last, the newest first. */
export function sorted(cases: readonly CaseSummary[], order: Order, now: number): CaseSummary[] {
  const newest = (a: CaseSummary, b: CaseSummary) =>
    Date.parse(b.reported_at) - Date.parse(a.reported_at) || (a.id < b.id ? 1 : -1)
  if (order === 'newest') return [...cases].sort(newest)
  const keyed = cases.map((one) => {
    const lamp = lampAt(one, now)
    return { one, rank: lamps.indexOf(lamp) + (isOver(one.state) ? 1 : 0), due: lamp === 'grey' ? 0 : Date.parse(one.due_at ?? '') }
  })
  return keyed.sort((a, b) => a.rank - b.rank || a.due - b.due || newest(a.one, b.one)).map(({ one }) => one)
}

export function countLamps(cases: Iterable<CaseSummary>, now: number): Record<Lamp, number> {
  const counts: Record<Lamp, number> = { red: 0, yellow: 0, green: 0, grey: 0 }
  for (const one of cases) counts[lampAt(one, now)]++
  return counts
}

/** The choices as items of a link: "lamp:red", "text:井盖"; the order first where it is not the usual one. */
export function filterItems(filter: Filter, order: Order): string[] {
  return [
    ...(order === 'newest' ? ['order:newest'] : []),
    ...facets.flatMap((facet) => filter[facet].map((value) => `${facet}:${value}`)),
    ...(filter.text ? [`text:${filter.text}`] : []),
  ]
}

export function readFilter(items: readonly string[]): { filter: Filter; order: Order } {
  const read: Record<Facet, string[]> & { text: string } = { lamp: [], status: [], kind: [], source: [], unit: [], category: [], text: '' }
  let order: Order = 'urgent'
  for (const item of items) {
    const colon = item.indexOf(':')
    const name = item.slice(0, Math.max(0, colon))
    const value = item.slice(colon + 1)
    const facet = facets.find((known) => known === name)
    if (facet && !read[facet].includes(value)) read[facet].push(value)
    else if (name === 'text') read.text = value
    else if (name === 'order' && value === 'newest') order = 'newest'
  }
  return { filter: read, order }
}
