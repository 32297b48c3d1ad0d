import { createExpression, type StylePropertySpecification } from '@maplibre/maplibre-gl-style-spec'
import { describe, expect, it } from 'vitest'
import { states, type CaseSummary, type Lamp } from '../src/api/cases'
import { countdownAt, isOver, lampAt, lamps, spanParts } from '../src/cases/lamp'
import {
  countLamps, everything, facets, filterItems, fold, isEverything, keptOverMs, matches, options, readFilter, sorted, valueOf, withoutOld,
  type Filter,
} from '../src/cases/list'
import { caseFilter, lampExpression } from '../src/map/cases'
import { seeded } from './seeded'

const seed = 20261122
const now = Date.parse('2026-11-23T08:00:00+08:00')
const hour = 3_600_000

function pick<T>(random: () => number, from: readonly T[]): T {
  return from[Math.floor(random() * from.length)] as T
}

/** A case as the server could tell it, with limits around now. */
function anyCase(random: () => number, id: string): CaseSummary {
  const state = pick(random, states)
  const due = now + Math.round((random() - 0.5) * 20) * hour
  const limited = random() < 0.8
  const kind = pick(random, ['component', 'event'])
  const unit = pick(random, ['', 'U1', 'U2', 'U3'])
  const category = pick(random, ['0101', '0102', '0201'])
  return {
    id, kind, category, state,
    category_name: kind === 'event' ? `事${category}` : `件${category}`,
    number: `2026${id}`,
    source: pick(random, ['patrol', 'public', 'sensor', 'system']),
    position: [114.3, 34.8],
    ...(unit && { unit, unit_name: `单位${unit}` }),
    reported_at: new Date(now - Math.round(random() * 50) * hour).toISOString(),
    ...(limited && { yellow_at: new Date(due - 2 * hour).toISOString(), due_at: new Date(due).toISOString() }),
    ...(isOver(state) && { closed_at: new Date(now - Math.round(random() * 40) * hour).toISOString() }),
    held: state === 'held',
    lamp: 'grey',
    version: 1 + Math.floor(random() * 9),
  }
}

function many(n: number, of = seed): CaseSummary[] {
  const random = seeded(of)
  return Array.from({ length: n }, (_, index) => anyCase(random, `C${String(index).padStart(4, '0')}`))
}

function anyFilter(random: () => number): Filter {
  const some = (values: readonly string[]) => (random() < 0.6 ? [] : values.filter(() => random() < 0.4))
  return {
    lamp: some(lamps), status: some(states), kind: some(['component', 'event']), source: some(['patrol', 'public']),
    unit: some(['', 'U1', 'U2']), category: some(['event 0101', 'component 0102']), text: random() < 0.8 ? '' : '01',
  }
}

describe('the lamp', () => {
  const base = { state: 'handling', held: false, yellow_at: '2026-11-23T06:24:00+08:00', due_at: '2026-11-23T08:00:00+08:00' } as const
  it.each([
    ['long before', base, '2026-11-22T00:00:00Z', 'green'],
    ['at 80 %', base, '2026-11-22T22:24:00Z', 'green'],
    ['a second after 80 %', base, '2026-11-22T22:24:01Z', 'yellow'],
    ['at the due second, which is still in time', base, '2026-11-23T00:00:00Z', 'yellow'],
    ['a second late', base, '2026-11-23T00:00:01Z', 'red'],
    ['late, but held', { ...base, held: true }, '2026-11-24T00:00:00Z', 'grey'],
    ['late, but in the state of a hold', { ...base, state: 'held' }, '2026-11-24T00:00:00Z', 'grey'],
    ['late, but closed', { ...base, state: 'closed' }, '2026-11-24T00:00:00Z', 'grey'],
    ['late, but void', { ...base, state: 'void' }, '2026-11-24T00:00:00Z', 'grey'],
    ['late, done and not yet checked', { ...base, state: 'done' }, '2026-11-24T00:00:00Z', 'red'],
    ['without a limit', { state: 'handling', held: false }, '2026-11-24T00:00:00Z', 'grey'],
    ['with a limit and no yellow', { state: 'handling', held: false, due_at: base.due_at }, '2026-11-22T23:59:00Z', 'green'],
  ] as const)('%s', (_, one, at, lamp) => {
    expect(lampAt(one, Date.parse(at))).toBe(lamp)
  })

  it('is the same on the map as in the list, for tiles tell seconds', () => {
    const spec = { type: 'string', 'property-type': 'data-driven', expression: { interpolated: false, parameters: ['zoom', 'feature'] } }
    const seconds = (at: string | undefined) => (at ? Date.parse(at) / 1000 : 0)
    for (const shift of [-2 * hour, 0, 1000, 3 * hour]) {
      const made = createExpression(lampExpression(now + shift), 'icon-image', spec as unknown as StylePropertySpecification)
      if (made.result !== 'success') throw new Error(JSON.stringify(made.value))
      for (const one of many(300)) {
        const properties = { state: one.state, due_at: seconds(one.due_at), yellow_at: seconds(one.yellow_at) }
        const drawn = made.value.evaluate({ zoom: 15 }, { type: 1, properties } as never)
        expect(drawn, JSON.stringify(one)).toBe(lampAt(one, now + shift))
      }
    }
  })
})

describe('the countdown', () => {
  const due = '2026-11-23T08:00:00+08:00'
  it('counts down to the limit, and up from it', () => {
    const one = { state: 'handling', held: false, due_at: due } as const
    expect(countdownAt(one, now - hour)).toEqual({ is: 'left', ms: hour })
    expect(countdownAt(one, now)).toEqual({ is: 'left', ms: 0 })
    expect(countdownAt(one, now + hour)).toEqual({ is: 'late', ms: hour })
  })

  it('says why it does not run', () => {
    expect(countdownAt({ state: 'open', held: false }, now)).toEqual({ is: 'waiting' })
    expect(countdownAt({ state: 'dispatched', held: false }, now)).toEqual({ is: 'none' })
    expect(countdownAt({ state: 'held', held: true, due_at: due }, now)).toEqual({ is: 'held' })
    expect(countdownAt({ state: 'closed', held: false, due_at: due, on_time: true }, now)).toEqual({ is: 'over', onTime: true })
    expect(countdownAt({ state: 'closed', held: false, due_at: due, on_time: false }, now)).toEqual({ is: 'over', onTime: false })
    expect(countdownAt({ state: 'void', held: false }, now)).toEqual({ is: 'over', onTime: null })
  })

  it('is told in at most two units, whose sum is within the smaller of them', () => {
    const ms = { day: 86_400_000, hour, minute: 60_000, second: 1000 }
    const random = seeded(seed)
    for (let round = 0; round < 2000; round++) {
      const span = Math.floor(random() ** 6 * 1e10)
      const parts = spanParts(span)
      const sum = parts.reduce((sum, { unit, value }) => sum + value * ms[unit], 0)
      expect(parts.length).toBeLessThanOrEqual(2)
      expect(sum, `seed ${seed}: ${span}`).toBeLessThanOrEqual(span)
      const first = parts[0]?.unit ?? 'second'
      const finest = { day: hour, hour: 60_000, minute: 1000, second: 1000 }[first]
      expect(span - sum, `seed ${seed}: ${span}`).toBeLessThan(finest)
    }
    expect(spanParts(0)).toEqual([{ unit: 'second', value: 0 }])
    expect(spanParts(-5)).toEqual([{ unit: 'second', value: 0 }])
    expect(spanParts(2 * 86_400_000 + 60_000)).toEqual([{ unit: 'day', value: 2 }])
  })
})

describe('news', () => {
  it('in any order, told twice, and in any pieces, make the same list', () => {
    const random = seeded(seed)
    const news = many(40).flatMap((one) => Array.from({ length: 5 }, (_, n): CaseSummary => ({ ...one, version: n + 1, state: pick(random, states) })))
    const want = new Map(news.filter(({ version }) => version === 5).map((one) => [one.id, one]))
    for (let round = 0; round < 30; round++) {
      const mixed = [...news, ...news].map((one) => ({ one, at: random() })).sort((a, b) => a.at - b.at).map(({ one }) => one)
      let known: ReadonlyMap<string, CaseSummary> = new Map()
      while (mixed.length > 0) known = fold(known, mixed.splice(0, 1 + Math.floor(random() * 20)))
      expect(new Map([...known].sort()), `seed ${seed}, round ${round}`).toEqual(new Map([...want].sort()))
    }
  })

  it('that say nothing new leave the list itself', () => {
    const known = fold(new Map(), many(5))
    expect(fold(known, many(5))).toBe(known)
    expect(withoutOld(known, 0)).toBe(known)
  })

  it('leave a case that is over for a day', () => {
    const [one] = many(1)
    const closed: CaseSummary = { ...one!, state: 'closed', closed_at: new Date(now).toISOString() }
    const known = fold(new Map(), [closed])
    expect(withoutOld(known, now + keptOverMs).size).toBe(1)
    expect(withoutOld(known, now + keptOverMs + 1).size).toBe(0)
    expect(withoutOld(fold(new Map(), [{ ...closed, state: 'open' }]), now + 2 * keptOverMs).size).toBe(1)
  })
})

describe('the filter', () => {
  it('counts beside each option what choosing it alone would leave', () => {
    const random = seeded(seed)
    const cases = many(150)
    for (let round = 0; round < 40; round++) {
      const filter = anyFilter(random)
      for (const facet of facets) {
        for (const { value, count } of options(cases, facet, filter, now)) {
          const left = cases.filter((one) => matches(one, { ...filter, [facet]: [value] }, now)).length
          expect(count, `seed ${seed}, round ${round}: ${facet} ${value}`).toBe(left)
        }
        const missing = filter[facet].filter((value) => !options(cases, facet, filter, now).some((option) => option.value === value))
        expect(missing, 'a choice can be undone').toEqual([])
      }
    }
  })

  it('is the same on the map as in the list, but for the text', () => {
    const random = seeded(seed)
    const spec = { type: 'boolean', 'property-type': 'data-driven', expression: { interpolated: false, parameters: ['zoom', 'feature'] } }
    const cases = many(120)
    for (let round = 0; round < 60; round++) {
      const filter = { ...anyFilter(random), text: '' }
      const made = createExpression(caseFilter(filter, now), 'filter', spec as unknown as StylePropertySpecification)
      if (made.result !== 'success') throw new Error(JSON.stringify(made.value))
      for (const one of cases) {
        const at = (time: string | undefined) => (time ? Date.parse(time) / 1000 : 0)
        // A tile leaves out what is not there.
        const properties = { state: one.state, kind: one.kind, source: one.source, category: one.category, ...(one.unit && { unit: one.unit }), due_at: at(one.due_at), yellow_at: at(one.yellow_at) }
        expect(made.value.evaluate({ zoom: 15 }, { type: 1, properties } as never), JSON.stringify({ filter, one })).toBe(matches(one, filter, now))
      }
    }
  })

  it('looks for every word of a text, in names, numbers and codes', () => {
    const [one] = many(1)
    const named: CaseSummary = { ...one!, category_name: '井盖 破损', number: 'KF-2026-77', unit_name: '水务 Water', component: '9901', id: '01JX' }
    for (const text of ['', '  ', '破损', 'kf-2026', 'WATER 井盖', '9901 77', '01jx']) expect(matches(named, { ...everything, text }, now), text).toBe(true)
    for (const text of ['破损 路灯', '78']) expect(matches(named, { ...everything, text }, now), text).toBe(false)
  })

  it('comes back from a link', () => {
    const random = seeded(seed)
    for (let round = 0; round < 500; round++) {
      const filter = anyFilter(random)
      const order = pick(random, ['urgent', 'newest'] as const)
      expect(readFilter(filterItems(filter, order))).toEqual({ filter, order })
    }
    expect(readFilter(['nothing', ':', 'lamp', 'lamp:red', 'lamp:red', 'colour:red', 'order:oldest'])).toEqual({ filter: { ...everything, lamp: ['red'] }, order: 'urgent' })
    expect(isEverything(readFilter([]).filter)).toBe(true)
  })
})

describe('the order', () => {
  it('by urgency has what is late first, the latest of it on top, and what is over last', () => {
    const list = sorted(many(400), 'urgent', now)
    expect(list.length).toBe(400)
    const rank = (one: CaseSummary) => (isOver(one.state) ? 4 : lamps.indexOf(lampAt(one, now)))
    for (let at = 1; at < list.length; at++) {
      const [before, after] = [list[at - 1]!, list[at]!]
      expect(rank(before)).toBeLessThanOrEqual(rank(after))
      if (rank(before) === rank(after) && rank(after) < 3) expect(Date.parse(before.due_at!)).toBeLessThanOrEqual(Date.parse(after.due_at!))
    }
  })

  it('is the same whatever order the cases came in, and changes none of them', () => {
    const cases = many(200)
    const random = seeded(seed)
    for (const order of ['urgent', 'newest'] as const) {
      const want = sorted(cases, order, now).map(({ id }) => id)
      for (let round = 0; round < 10; round++) {
        const mixed = [...cases].map((one) => ({ one, at: random() })).sort((a, b) => a.at - b.at).map(({ one }) => one)
        const copy = [...mixed]
        expect(sorted(mixed, order, now).map(({ id }) => id)).toEqual(want)
        expect(mixed).toEqual(copy)
      }
    }
  })

  it('by news has the latest report first', () => {
    const times = sorted(many(200), 'newest', now).map(({ reported_at }) => Date.parse(reported_at))
    expect(times).toEqual([...times].sort((a, b) => b - a))
  })
})

describe('the lamps', () => {
  it('are counted each', () => {
    const cases = many(300)
    const counts = countLamps(cases, now)
    for (const lamp of lamps) expect(counts[lamp]).toBe(cases.filter((one) => valueOf(one, 'lamp', now) === lamp).length)
    expect(lamps.reduce((sum: number, lamp: Lamp) => sum + counts[lamp], 0)).toBe(300)
  })
})
