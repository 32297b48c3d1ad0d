// Periods that are offered: they end where the city's cases end, not with today,
// so that a city whose newest cases are old has an answer too.
import type { Facets } from '../api/stats'

type Histogram = Facets['histogram']

const dayMs = 86_400_000
const day = (ms: number): string => new Date(ms).toISOString().slice(0, 10)

/** A step with fewer than this share of what is usual is the odd case, not the city's work. */
const leastOfUsual = 0.05

/** When a step begins. */
function stepAt(from: number, step: string, at: number): number {
  if (step !== 'month') return from + at * (step === 'week' ? 7 : 1) * dayMs
  const first = new Date(from)
  return Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + at, 1)
}

/** The first day with cases and the one after the last, as far as the steps tell; odd cases far before or after are left out. */
export function spanOf({ from, to, step, counts }: Histogram): { from: number; to: number } | null {
  const span = { from: Date.parse(`${from ?? ''}T00:00:00Z`), to: Date.parse(`${to ?? ''}T00:00:00Z`) }
  if (!(span.from < span.to)) return null
  const some = counts.filter((n) => n > 0).sort((a, b) => a - b)
  const least = leastOfUsual * (some[Math.floor(some.length / 2)] ?? 0)
  const first = counts.findIndex((n) => n > 0 && n >= least)
  const last = counts.length - 1 - [...counts].reverse().findIndex((n) => n > 0 && n >= least)
  if (first < 0) return span
  return { from: Math.max(span.from, stepAt(span.from, step, first)), to: Math.min(span.to, stepAt(span.from, step, last + 1)) }
}

/** The last days that have cases, null for all; ['', ''] where nothing is known. */
export function lastDays(histogram: Histogram | null, days: number | null): [from: string, to: string] {
  const span = histogram && spanOf(histogram)
  if (!span) return ['', '']
  return [day(days === null ? span.from : Math.max(span.from, span.to - days * dayMs)), day(span.to)]
}

/** The last year that has cases, and the year before it, as the parameters of a comparison. */
export function usualPeriods(histogram: Histogram): [name: string, value: string][] {
  const span = spanOf(histogram)
  if (!span) return []
  // 52 weeks each: the same days of the week in both.
  const weeks = Math.max(1, Math.min(52, Math.floor((span.to - span.from) / dayMs / 14)))
  const middle = span.to - weeks * 7 * dayMs
  return [
    ['before_from', day(middle - weeks * 7 * dayMs)], ['before_to', day(middle)],
    ['after_from', day(middle)], ['after_to', day(span.to)],
  ]
}
