import { describe, expect, it } from 'vitest'
import type { Answer, HotArea, StatFeatures } from '../src/api/stats'
import { speaker } from '../src/i18n/messages'
import { linear, logarithmic, pathThrough, roundTicks } from '../src/stats/charts'
import { formatChance, formatHour, formatInterval, formatShare, formatShares, formatShort, monthName } from '../src/stats/figures'
import { drawnOf, featuresOf, quintiles, stepOf, steps, type LabelWords } from '../src/stats/layer'
import { lastDays, usualPeriods } from '../src/stats/periods'
import {
  bodyOf, catalogue, filterWords, missing, questionItems, readQuestion, statisticNames, turnedTo, valueOf, withWord, type Question,
} from '../src/stats/question'
import { excludedWords, peakOf, sentencesOf } from '../src/stats/sentence'
import { found, inOrder, toCSV, turned, type Column, type Row } from '../src/stats/table'
import { tablesOf } from '../src/stats/tables'
import { boxPolygon, boxWord, readArea, readBox } from '../src/stats/target'
import { formatLink, parseLink, emptyLink } from '../src/state/url'
import { seeded } from './seeded'

const words: LabelWords = {
  number: (value, digits) => value.toFixed(digits), percent: (share) => `${100 * share}%`, weekdayHour: (weekday, hour) => `${weekday}/${hour}`, month: String,
}

function anyQuestion(random: () => number): Question {
  const pick = <T>(of: readonly T[]): T => of[Math.floor(random() * of.length)] as T
  const statistic = pick(statisticNames)
  const values = ['2021-01-01', 'U1,U2', '井盖', 'a:b', 'x&y=z', '7-9', '0.01']
  const filter = Object.fromEntries(filterWords.filter(() => random() < 0.3).map((word) => [word, pick(values)]))
  const parameters = Object.fromEntries(catalogue[statistic].filter(() => random() < 0.5).map(({ name }) => [name, pick(values)]))
  return { statistic, filter, parameters }
}

describe('a question', () => {
  it('is the same after a link, whatever its words hold', () => {
    const random = seeded(7)
    for (let round = 0; round < 1000; round++) {
      const question = anyQuestion(random)
      const link = formatLink({ ...emptyLink, stats: questionItems(question) })
      expect(readQuestion(parseLink(link).stats ?? []), link).toEqual(question)
    }
  })

  it('is none where no statistic is named, and ignores words it does not know', () => {
    expect(readQuestion([])).toBeNull()
    expect(readQuestion(['from:2021-01-01'])).toBeNull()
    expect(readQuestion(['rank', 'nonsense:1', 'radius_m:5', 'by:zone', 'from:'])).toEqual({ statistic: 'rank', filter: {}, parameters: { by: 'zone' } })
  })

  it('keeps a panel that is open with no question apart from a closed one', () => {
    expect(parseLink('#stats=').stats).toEqual([])
    expect(parseLink('#lang=en').stats).toBeUndefined()
    expect(formatLink({ ...emptyLink, stats: [] })).toBe('#stats=')
  })

  it('has numbers as numbers and periods as objects in its body, and only what was chosen', () => {
    expect(bodyOf({ statistic: 'hotspots', filter: { from: '2021-01-01', kind: 'event' }, parameters: { alpha: '0.01', by: 'zone' } })).toEqual({
      filter: { from: '2021-01-01', kind: 'event' }, alpha: 0.01, by: 'zone',
    })
    const compare: Question = {
      statistic: 'compare', filter: { from: '2021-01-01', unit: 'U1' },
      parameters: { before_from: '2023-01-01', before_to: '2024-01-01', after_from: '2024-01-01', after_to: '2025-01-01' },
    }
    expect(bodyOf(compare)).toEqual({ filter: { unit: 'U1' }, before: { from: '2023-01-01', to: '2024-01-01' }, after: { from: '2024-01-01', to: '2025-01-01' } })
    expect(bodyOf({ statistic: 'campaign', filter: {}, parameters: { target: 'zones/Z01', start: '2024-01-01' } }, { type: 'Polygon' })).toEqual({
      filter: {}, area: { type: 'Polygon' }, start: '2024-01-01',
    })
  })

  it('says what is missing before it is asked', () => {
    expect(missing({ statistic: 'hotspots', filter: {}, parameters: {} })).toEqual([])
    expect(missing({ statistic: 'campaign', filter: {}, parameters: {} })).toEqual(['target', 'start'])
    expect(missing({ statistic: 'compare', filter: {}, parameters: { before_from: '2023-01-01' } })).toEqual(['before_to', 'after_from', 'after_to'])
    expect(missing({ statistic: 'repeats', filter: {}, parameters: { radius_m: '501', within_days: 'x' } })).toEqual(['radius_m', 'within_days'])
    expect(missing({ statistic: 'clock', filter: {}, parameters: { by: 'cell' } })).toEqual(['by'])
  })

  it('keeps what another statistic knows too', () => {
    const question: Question = { statistic: 'hotspots', filter: { unit: 'U1' }, parameters: { by: 'cell', alpha: '0.1' } }
    expect(turnedTo(question, 'compare')).toEqual({ statistic: 'compare', filter: { unit: 'U1' }, parameters: { by: 'cell', alpha: '0.1' } })
    expect(turnedTo(question, 'clock').parameters).toEqual({})
  })

  it('takes words back, and answers with the usual value of what was not chosen', () => {
    const question = withWord({ statistic: 'repeats', filter: {}, parameters: {} }, 'filter', 'unit', 'U1')
    expect(withWord(question, 'filter', 'unit', '').filter).toEqual({})
    expect(catalogue.repeats.map((parameter) => valueOf(question, parameter))).toEqual(['20', '30'])
    expect(catalogue.rank.map((parameter) => valueOf(question, parameter))).toEqual(['unit', '1'])
  })
})

describe('a table', () => {
  const columns: Column[] = [
    { id: 'name', label: 'stats.col.area', kind: 'name' }, { id: 'n', label: 'stats.col.n', kind: 'count' }, { id: 'between', label: 'stats.col.interval', kind: 'shares' },
  ]
  const row = (key: string, name: string, n: number | null, low = 0): Row => ({ key, class: '', cells: { name, n, between: { low, high: low + 1 } } })
  const rows = [row('a', '甲', 3, 0.5), row('b', '乙, "二"', null, 0.1), row('c', '=1+1', 7, 0.3), row('d', '丁', 3, 0.2)]

  it('is put in order by figures, by the lower ends of intervals, and leaves gaps to the end', () => {
    const keys = (column: string, down: boolean) => inOrder(rows, { column, down }).map(({ key }) => key).join('')
    expect(keys('n', true)).toBe('cadb')
    expect(keys('n', false)).toBe('adcb')
    expect(keys('between', false)).toBe('bdca')
    expect(inOrder(rows, null)).toBe(rows)
  })

  it('turns from the greatest figure or the first word, then the other way', () => {
    const [name, n] = columns
    if (!name || !n) throw new Error('no columns')
    expect(turned(null, n)).toEqual({ column: 'n', down: true })
    expect(turned({ column: 'n', down: true }, n)).toEqual({ column: 'n', down: false })
    expect(turned({ column: 'n', down: true }, name)).toEqual({ column: 'name', down: false })
  })

  it('is looked through by name and code', () => {
    expect(found(rows, columns, '乙').map(({ key }) => key)).toEqual(['b'])
    expect(found(rows, columns, 'D').map(({ key }) => key)).toEqual(['d'])
    expect(found(rows, columns, ' ')).toBe(rows)
  })

  it('is CSV that a spreadsheet reads as it is and never takes for a formula', () => {
    expect(toCSV({ columns, rows: rows.slice(1, 3) }, (key) => key, ['low', 'high'])).toBe(
      'key,stats.col.area,stats.col.n,stats.col.interval low,stats.col.interval high\r\nb,"乙, ""二""",,0.1,1.1\r\nc,\'=1+1,7,0.3,1.3\r\n',
    )
  })
})

describe('figures', () => {
  it('never make a chance 0', () => {
    expect([0.5, 0.001, 0.00012, 3.2e-11, 0, null].map(formatChance)).toEqual(['0.500', '0.001', '1.2×10⁻⁴', '3.2×10⁻¹¹', '<10⁻¹²', '–'])
  })

  it('have as many digits as tell', () => {
    expect([135.501, 1.2345, -24.8156, 12345.6, null].map((value) => formatShort(value, 'en'))).toEqual(['135.5', '1.23', '−24.8', '12,346', '–'])
    expect([1.2, 9, 0].map((value) => formatShort(value, 'en'))).toEqual(['1.20', '9', '0'])
    expect([0, 0.00001, 0.0132, 0.9823, 0.99999, 1].map((value) => formatShare(value, 'zh'))).toEqual(['0.0%', '0.01%', '1.3%', '98.2%', '99.99%', '100.0%'])
    expect([monthName(6, 'zh'), monthName(12, 'en')]).toEqual(['6月', 'Dec'])
    expect(formatInterval({ low: 1.5, high: null }, 'en')).toBe('1.50 – ∞')
    expect(formatShares({ low: 0.931, high: 0.95 }, 'zh')).toBe('93.1–95.0%')
    expect([13.444, 23.9999, 0, null].map(formatHour)).toEqual(['13:27', '00:00', '00:00', '–'])
  })
})

describe('a chart', () => {
  it('has round marks within its ends', () => {
    const random = seeded(11)
    for (let round = 0; round < 500; round++) {
      const least = random() * 100 - 50
      const most = least + random() * 100 + 0.001
      const ticks = roundTicks(least, most, 5)
      expect(ticks.length).toBeLessThanOrEqual(7)
      for (const tick of ticks) expect(tick >= least - 1e-6 && tick <= most + 1e-6, `${tick} of ${least}–${most}`).toBe(true)
    }
    expect(roundTicks(0, 1, 5)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1])
  })

  it('puts ends on ends', () => {
    const y = linear(0.9, 1, 200, 10)
    expect([y(0.9), y(1)]).toEqual([200, 10])
    const x = logarithmic(10, 1000, 50, 450)
    expect([x(10), x(100), x(1000), x(0)]).toEqual([50, 250, 450, -150])
    expect(x.ticks).toEqual([10, 20, 50, 100, 200, 500, 1000])
    expect(pathThrough([[0, 1], [2.3456, 3]])).toBe('M0 1L2.35 3')
  })
})

const square = (x: number) => ({ type: 'Polygon' as const, coordinates: [[[x, 0], [x + 1, 0], [x + 1, 1], [x, 1], [x, 0]]] })
const hot = (code: string, klass: string, z: number): HotArea => ({ code, name: `网格${code}`, class: klass, count: 5, around: 30, areas: 9, expected: 10.25, z, p: 0.00001, q: 0.001 })
const common = {
  id: 'J', state: 'done' as const, asked_at: '', done: 9, total: 9, method: { id: 'm', zh: '法', en: 'way' }, filter: {}, parameters: {},
  period: { from: '2021-01-01T00:00:00+08:00', to: '2022-01-01T00:00:00+08:00', days: 365 }, city_version: 1, n: 9, excluded_n: 0, layer: 'J',
}
const hotAnswer: Answer = { ...common, statistic: 'hotspots', result: { by: 'cell', areas: 3, hot: 1, cold: 1, islands: [], list: [hot('2', 'cold', -4), hot('1', 'hot', 5.26)] } }
const feature = (properties: Record<string, unknown>, geometry: StatFeatures['features'][number]['geometry']) => ({ type: 'Feature' as const, properties, geometry })

describe('a map layer', () => {
  it('ties features to rows and gives what stands out a sign', () => {
    const layer: StatFeatures = {
      type: 'FeatureCollection',
      features: [feature({ ...hot('1', 'hot', 5.26) }, square(0)), feature({ ...hot('2', 'cold', -4) }, square(1)), feature({ ...hot('3', 'none', 0.2) }, square(2))],
    }
    const drawn = drawnOf(hotAnswer, layer, words)
    expect(drawn.features.features.map(({ properties }) => [properties.key, properties.class])).toEqual([['1', 'up'], ['2', 'down'], ['3', 'none']])
    expect(drawn.signs.features.map(({ properties, geometry }) => [properties.label, geometry.coordinates])).toEqual([['5.3', [0.5, 0.5]], ['-4.0', [1.5, 0.5]]])
    expect([...drawn.counts]).toEqual([['up', 1], ['down', 1], ['none', 1]])
    const keys = new Set(tablesOf(hotAnswer)[0]?.table.rows.map(({ key }) => key))
    expect(keys).toEqual(new Set(['1', '2']))
    for (const key of keys) expect(featuresOf(drawn, key)).toHaveLength(1)
  })

  it('gives a chain its place in the list, and its line the same', () => {
    const answer: Answer = { ...common, statistic: 'repeats', result: { closed_not_solved: { k: 1, n: 9, share: 0.1, interval: { low: 0, high: 0.4 } }, chains: 2, avoidable: 3, units: [], list: [] } }
    const point = { type: 'Point' as const, coordinates: [1, 2] }
    const line = { type: 'MultiLineString' as const, coordinates: [[[1, 2], [3, 4]]] }
    const drawn = drawnOf(answer, { type: 'FeatureCollection', features: [feature({ n: 9 }, point), feature({ n: 9 }, line), feature({ n: 2 }, point)] }, words)
    expect(drawn.features.features.map(({ properties }) => [properties.key, properties.class, properties.label])).toEqual([
      ['chain-0', 'place', '9'], ['chain-0', 'line', '9'], ['chain-1', 'place', '2'],
    ])
  })

  it('has five steps of about as many, and each value in its step', () => {
    const random = seeded(3)
    for (let round = 0; round < 100; round++) {
      const values = Array.from({ length: 1 + Math.floor(random() * 60) }, () => Math.floor(random() * 50))
      const breaks = quintiles(values)
      expect(breaks).toEqual([...breaks].sort((a, b) => a - b))
      expect(breaks[4]).toBe(Math.max(...values))
      for (const value of values) {
        const at = steps.indexOf(stepOf(value, breaks) as (typeof steps)[number])
        expect(value <= (breaks[at] ?? NaN) && (at === 0 || value > (breaks[at - 1] ?? NaN))).toBe(true)
      }
    }
    expect(quintiles([])).toEqual([])
  })
})

describe('sentences', () => {
  it.each(['zh', 'en'] as const)('say the numbers of the answer, in %s', (lang) => {
    const said = sentencesOf(hotAnswer, speaker(lang), lang).join(' ')
    for (const part of ['3', '1', '网格1', '30', '10.3']) expect(said).toContain(part)
    expect(said).not.toMatch(/[{}]/)
  })

  it('let the interval decide what a campaign did', () => {
    const result = (low: number, high: number, ratio: number) => ({
      before: common.period, after: common.period, target: { before: 100, after: 50 }, ring: { before: 10, after: 12 }, control: { before: 900, after: 900 },
      ratio, interval: { low, high }, p: 0.01, displacement: -0.2, corrected: false, rebound: null,
    })
    const first = (low: number, high: number, ratio: number) => sentencesOf({ ...common, statistic: 'campaign', result: result(low, high, ratio) }, speaker('en'), 'en')[0]
    expect(first(0.4, 0.7, 0.5)).toMatch(/50.0 % less/)
    expect(first(1.2, 2, 1.5)).toMatch(/50 % more/)
    expect(first(0.8, 1.2, 0.9)).toMatch(/not clear/)
  })

  it('name the reasons why cases were left out, the most frequent first', () => {
    expect(excludedWords({ void: 2, not_near: 500, odd: 1 }, speaker('zh'), 'zh')).toBe('不在边界附近 500、已作废 2、odd 1')
  })
})

describe('the peak of a week', () => {
  it('is the hour with most cases on a day of its kind, not the one with most in all', () => {
    const counts = Array.from({ length: 7 }, () => Array.from({ length: 24 }, () => 1))
    counts[1]![9] = 60
    counts[6]![20] = 50
    expect(peakOf({ counts, days: [10, 10, 10, 10, 10, 10, 5] })).toEqual({ weekday: 7, hour: 20, mean: 10 })
    expect(peakOf({ counts, days: [10, 10, 10, 10, 10, 10, 0] })).toEqual({ weekday: 2, hour: 9, mean: 6 })
    expect(peakOf({ counts: [], days: [] })).toBeNull()
  })
})

describe('a target', () => {
  it('is a rectangle that a link can hold', () => {
    const word = boxWord([114.28705821, 34.75, 114.3, 34.8])
    expect(word).toBe('box:114.287058,34.75,114.3,34.8')
    expect(readBox(word)).toEqual([114.287058, 34.75, 114.3, 34.8])
    for (const bad of ['box:1,2,3', 'box:3,2,1,4', 'box:a,b,c,d', 'zones/Z01', 'box:0,0,1,91']) expect(readBox(bad), bad).toBeNull()
    expect(boxPolygon([0, 0, 2, 1]).coordinates[0]).toHaveLength(5)
  })

  it('is the one area in what was pasted', () => {
    const area = square(0)
    expect(readArea(JSON.stringify(area))).toEqual(area)
    expect(readArea(JSON.stringify({ type: 'Feature', geometry: area }))).toEqual(area)
    expect(readArea(JSON.stringify({ type: 'FeatureCollection', features: [{ type: 'Feature', geometry: area }] }))).toEqual(area)
    for (const bad of ['', '{', 'null', '{"type":"Point","coordinates":[1,2]}', '{"type":"FeatureCollection","features":[]}']) expect(readArea(bad), bad).toBeNull()
  })
})

describe('periods', () => {
  const histogram = { step: 'month', from: '2021-01-01', to: '2026-01-01', counts: [] }
  it('end where the cases end', () => {
    expect(lastDays(histogram, 30)).toEqual(['2025-12-02', '2026-01-01'])
    expect(lastDays(histogram, null)).toEqual(['2021-01-01', '2026-01-01'])
    expect(lastDays({ ...histogram, from: '2025-12-20' }, 30)).toEqual(['2025-12-20', '2026-01-01'])
    expect(lastDays(null, 30)).toEqual(['', ''])
  })

  it('leave out the odd case far from the others', () => {
    const counts = [...Array.from({ length: 60 }, () => 1800), ...Array.from({ length: 10 }, () => 0), 40]
    expect(lastDays({ step: 'month', from: '2021-01-01', to: '2026-12-01', counts }, null)).toEqual(['2021-01-01', '2026-01-01'])
    expect(lastDays({ step: 'week', from: '2024-01-01', to: '2024-01-29', counts: [1, 90, 100, 2] }, null)).toEqual(['2024-01-08', '2024-01-22'])
    expect(lastDays({ step: 'day', from: '2024-01-01', to: '2024-01-04', counts: [0, 0, 0] }, null)).toEqual(['2024-01-01', '2024-01-04'])
  })

  it('of a comparison are as long and have the same days of the week', () => {
    const { before_from, before_to, after_from, after_to } = Object.fromEntries(usualPeriods(histogram)) as Record<string, string>
    const days = (from: string | undefined, to: string | undefined) => (Date.parse(to ?? '') - Date.parse(from ?? '')) / 86_400_000
    expect([days(before_from, before_to), days(after_from, after_to), before_to === after_from, after_to]).toEqual([364, 364, true, '2026-01-01'])
  })
})
