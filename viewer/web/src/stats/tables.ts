// The tables of each statistic: the list first, which goes with the map, then
// what the answer has besides.
import { indexNames, type Answer, type ChainedCase, type Indices, type Share } from '../api/stats'
import type { MessageKey } from '../i18n/messages'
import type { Cell, CellKind, Column, Row, Table } from './table'

export interface Titled {
  id: string
  title: MessageKey
  table: Table
}

const column = (id: string, label: MessageKey, kind: CellKind): Column => ({ id, label, kind })
const name = column('name', 'stats.col.area', 'name')
const klass = column('class', 'stats.col.class', 'class')

/** A name, else the code. */
export const nameOf = ({ code, name }: { code: string; name?: string | undefined }): string => name || code

/** What ties a border of two zones to its line. */
export const borderKey = ({ a, b }: { a: string; b: string }): string => `${a}|${b}`
/** What ties a chain to its points: its place in the list. */
export const chainKey = (at: number): string => `chain-${at}`
/** What ties one that is appraised to its areas: people of one code may have several posts. */
export const appraisedKey = ({ code, role }: { code: string; role?: string | undefined }): string => (role ? `${role}/${code}` : code)
/** Where a unit stands against the wider limits of the funnel. */
export const outsideClass = (outside: number): string => (outside > 0 ? 'above' : outside < 0 ? 'below' : 'within')

const listOf = <T>(list: readonly T[], columns: readonly Column[], row: (one: T, at: number) => { key: string; class?: string; cells: Record<string, Cell> }): Table => ({
  columns,
  rows: list.map((one, at): Row => ({ class: '', ...row(one, at) })),
})

/** The tables of an answer. */
export function tablesOf(answer: Answer): Titled[] {
  const titled = (title: MessageKey, table: Table, id = 'list'): Titled => ({ id, title, table })
  switch (answer.statistic) {
    case 'hotspots': {
      const { list } = answer.result
      const rated = list.some(({ rate }) => rate !== undefined)
      const columns = [
        klass, name, column('count', 'stats.col.count', 'count'), column('around', 'stats.col.around', 'count'),
        column('expected', 'stats.col.expected', 'short'), column('z', 'stats.col.z', 'number'), column('p', 'stats.col.p', 'chance'), column('q', 'stats.col.q', 'chance'),
        ...(rated ? [column('rate_shrunk', 'stats.col.rate', 'short'), column('rate_interval', 'stats.col.rate_interval', 'interval')] : []),
      ]
      // What is too much is looked for first.
      const hotFirst = [...list].sort((a, b) => Number(b.class === 'hot') - Number(a.class === 'hot'))
      return [titled('stats.table.hotspots', listOf(hotFirst, columns, (one) => ({
        key: one.code, class: one.class,
        cells: {
          class: one.class, name: nameOf(one), count: one.count, around: one.around, expected: one.expected, z: one.z, p: one.p, q: one.q,
          rate_shrunk: one.rate_shrunk ?? null, rate_interval: one.rate_interval ?? null,
        },
      })))]
    }
    case 'compare': {
      const columns = [
        klass, name, column('before', 'stats.col.before', 'count'), column('after', 'stats.col.after', 'count'), column('ratio', 'stats.col.ratio', 'short'),
        column('p', 'stats.col.p', 'chance'), column('q', 'stats.col.q', 'chance'),
      ]
      return [titled('stats.table.compare', listOf(answer.result.list, columns, (one) => ({
        key: one.code, class: one.class,
        cells: { class: one.class, name: nameOf(one), before: one.before, after: one.after, ratio: one.ratio, p: one.p, q: one.q },
      })))]
    }
    case 'repeats': {
      const chains = [
        column('name', 'stats.col.category', 'name'), column('component', 'stats.col.component', 'text'), column('n', 'stats.col.times', 'count'),
        column('median_days', 'stats.col.median_days', 'short'),
      ]
      const units = [
        column('name', 'stats.col.unit', 'name'), column('closed', 'stats.col.closed', 'count'), column('returned', 'stats.col.returned', 'count'),
        column('share', 'stats.col.not_solved', 'share'), column('interval', 'stats.col.interval', 'shares'),
      ]
      return [
        titled('stats.table.chains', listOf(answer.result.list, chains, (one, at) => ({
          key: chainKey(at),
          cells: { name: one.category_name || one.category, component: one.component ?? '', n: one.n, median_days: one.median_days },
        }))),
        titled('stats.table.units', listOf(answer.result.units, units, ({ unit, unit_name, closed_not_solved: share }) => ({
          key: unit,
          cells: { name: unit_name || unit, closed: share.n, returned: share.k, share: share.share, interval: share.interval },
        })), 'units'),
      ]
    }
    case 'clock': {
      const columns = [
        name, column('n', 'stats.col.n', 'count'), column('peak', 'stats.col.peak_time', 'weekhour'), column('peak_n', 'stats.col.peak_n', 'count'),
        column('mean_hour', 'stats.col.mean_hour', 'hour'), column('concentration', 'stats.col.concentration', 'short'), column('p', 'stats.col.p', 'chance'),
      ]
      return [titled('stats.table.areas', listOf(answer.result.list, columns, (one) => ({
        key: one.code,
        cells: {
          name: nameOf(one), n: one.n, peak: `${one.peak_weekday} ${String(one.peak_hour).padStart(2, '0')}:00`, peak_n: one.peak_n,
          mean_hour: one.mean_hour, concentration: one.concentration, p: one.p,
        },
      })))]
    }
    case 'season': {
      const columns = [name, column('n', 'stats.col.n', 'count'), column('peak_month', 'stats.col.peak_month', 'month'), column('peak_index', 'stats.col.peak_index', 'short')]
      const months = [column('name', 'stats.col.month', 'month'), column('cases', 'stats.col.n', 'count'), column('days', 'stats.col.days', 'count'), column('index', 'stats.col.index', 'short'), column('interval', 'stats.col.interval', 'interval')]
      return [
        titled('stats.table.areas', listOf(answer.result.list, columns, (one) => ({
          key: one.code, cells: { name: nameOf(one), n: one.n, peak_month: one.peak_month, peak_index: one.peak_index },
        }))),
        titled('stats.table.months', listOf(answer.result.months, months, (one, at) => ({
          key: `month-${at + 1}`, cells: { name: at + 1, cases: one.cases, days: one.days, index: one.index, interval: one.interval },
        })), 'months'),
      ]
    }
    case 'rank': {
      const columns = [
        column('rank', 'stats.col.rank', 'count'), column('name', 'stats.col.ranked', 'name'), column('rank_interval', 'stats.col.ranks', 'ranks'),
        column('adjusted', 'stats.col.adjusted', 'share'), column('share', 'stats.col.on_time', 'share'), column('interval', 'stats.col.interval', 'shares'),
        column('n', 'stats.col.due', 'count'), klass,
      ]
      return [titled('stats.table.rank', listOf(answer.result.list, columns, (one) => ({
        key: one.code, class: outsideClass(one.outside),
        cells: {
          rank: one.rank, name: nameOf(one), rank_interval: one.rank_interval, adjusted: one.adjusted, share: one.share, interval: one.interval, n: one.n,
          class: outsideClass(one.outside),
        },
      })))]
    }
    case 'appraisal': {
      const posts = answer.result.by === 'post'
      const columns = [
        name, ...(posts ? [column('role', 'stats.col.role', 'role')] : []), column('cases', 'stats.col.n', 'count'),
        ...indexNames.map((index) => column(index, `stats.index.${index}`, 'share')), column('handling_h', 'stats.index.handling_h', 'short'),
      ]
      return [titled('stats.table.appraisal', listOf(answer.result.list, columns, (one) => ({
        key: appraisedKey(one), cells: { name: nameOf(one), role: one.role ?? '', cases: one.cases, ...indexCells(one) },
      })))]
    }
    case 'campaign': {
      const { target, ring, control } = answer.result
      const columns = [column('name', 'stats.col.part', 'part'), column('before', 'stats.col.before', 'count'), column('after', 'stats.col.after', 'count')]
      return [titled('stats.table.campaign', listOf([['target', target], ['ring', ring], ['control', control]] as const, columns, ([part, counts]) => ({
        key: part, cells: { name: part, before: counts.before, after: counts.after },
      })))]
    }
    case 'sources': {
      const columns = [
        klass, name, column('public', 'stats.col.public', 'count'), column('patrol', 'stats.col.patrol', 'count'), column('share', 'stats.col.public_share', 'share'),
        column('interval', 'stats.col.interval', 'shares'), column('expected', 'stats.col.expected_public', 'short'), column('ratio', 'stats.col.ratio', 'short'),
        column('p', 'stats.col.p', 'chance'), column('q', 'stats.col.q', 'chance'),
      ]
      return [titled('stats.table.sources', listOf(answer.result.list, columns, (one) => ({
        key: one.code, class: one.class,
        cells: {
          class: one.class, name: nameOf(one), public: one.public, patrol: one.patrol, share: one.share.share, interval: one.share.interval,
          expected: one.expected, ratio: one.ratio, p: one.p, q: one.q,
        },
      })))]
    }
    case 'lemons': {
      const columns = [
        column('name', 'stats.col.component', 'name'), column('category', 'stats.col.category', 'text'), column('n', 'stats.col.n', 'count'),
        column('expected', 'stats.col.expected', 'short'), column('rate', 'stats.col.per_year', 'short'), column('probability', 'stats.col.probability', 'share'),
        column('years', 'stats.col.years', 'short'),
      ]
      const classes = [
        column('name', 'stats.col.category', 'name'), column('components', 'stats.col.components', 'count'), column('cases', 'stats.col.n', 'count'),
        column('mean', 'stats.col.per_year', 'short'), column('lemons', 'stats.col.lemons', 'count'),
      ]
      return [
        titled('stats.table.lemons', listOf(answer.result.list, columns, (one) => ({
          key: one.component,
          cells: {
            name: one.component, category: one.category_name || one.category, n: one.n, expected: one.expected, rate: one.rate, probability: one.probability, years: one.exposure_years,
          },
        }))),
        titled('stats.table.classes', listOf(answer.result.classes, classes, (one) => ({
          key: one.category, cells: { name: one.category_name || one.category, components: one.components, cases: one.cases, mean: one.mean, lemons: one.lemons },
        })), 'classes'),
      ]
    }
    case 'friction': {
      const columns = [
        column('name', 'stats.col.border', 'name'), column('n', 'stats.col.near', 'count'), column('again', 'stats.col.again', 'count'),
        column('share', 'stats.col.share', 'share'), column('interval', 'stats.col.interval', 'shares'), column('extra_hours', 'stats.col.extra_hours', 'short'),
        column('hours', 'stats.col.hours_interval', 'interval'),
      ]
      return [titled('stats.table.friction', listOf(answer.result.list, columns, (one) => ({
        key: borderKey(one),
        cells: {
          name: `${one.a_name || one.a} | ${one.b_name || one.b}`, n: one.dispatched_again.n, again: one.dispatched_again.k, share: one.dispatched_again.share,
          interval: one.dispatched_again.interval, extra_hours: one.extra_hours, hours: one.interval,
        },
      })))]
    }
  }
}

/** Cases of a row that make a line of time: those of a chain, or of a component that has too many. */
export function timelineOf(answer: Answer, key: string): { n: number; cases: readonly ChainedCase[] } | null {
  if (answer.statistic === 'repeats') {
    const chain = answer.result.list.find((_, at) => chainKey(at) === key)
    return chain ? { n: chain.n, cases: chain.cases ?? [] } : null
  }
  if (answer.statistic !== 'lemons') return null
  const lemon = answer.result.list.find(({ component }) => component === key)
  return lemon ? { n: lemon.n, cases: lemon.cases ?? [] } : null
}

/** How many there are of what the list has the first of. */
export function foundIn(answer: Answer): number {
  switch (answer.statistic) {
    case 'hotspots':
      return answer.result.hot + answer.result.cold
    case 'compare':
      return answer.result.more + answer.result.fewer
    case 'repeats':
      return answer.result.chains
    case 'sources':
      return answer.result.public + answer.result.patrol
    case 'lemons':
      return answer.result.lemons
    default:
      return 0
  }
}

/** The indices as cells; the city's stand above the table. */
export function indexCells(indices: Indices): Record<string, Cell> {
  const shares = indexNames.map((index): [string, Cell] => [index, (indices[index] satisfies Share).share])
  return { ...Object.fromEntries(shares), handling_h: indices.handling_h }
}
