// Days of the city as text, "2025-03-01", and what a time slider does with them. A day
// is counted in UTC here: only its name matters.
import type { Histogram } from '../api/heat'

const dayMs = 86_400_000

export const steps = ['day', 'week', 'month'] as const
export type Step = (typeof steps)[number]

const dateOf = (day: string): Date => new Date(`${day}T00:00:00Z`)
export const textOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10)

export const addDays = (day: string, days: number): string => textOf(dateOf(day).getTime() + days * dayMs)
export const daysBetween = (from: string, to: string): number => Math.round((dateOf(to).getTime() - dateOf(from).getTime()) / dayMs)

/** The same day some months on; the last of the month where it has no such day. */
export function addMonths(day: string, months: number): string {
  const date = dateOf(day)
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth() + months]
  const last = new Date(Date.UTC(year, month + 1, 0)).getUTCDate()
  return textOf(Date.UTC(year, month, Math.min(date.getUTCDate(), last)))
}

export const addSteps = (day: string, step: Step, count: number): string =>
  step === 'month' ? addMonths(day, count) : addDays(day, count * (step === 'week' ? 7 : 1))

/** A period moved by steps; whole months stay whole. */
export function moved(from: string, to: string, step: Step, count: number): { from: string; to: string } {
  return { from: addSteps(from, step, count), to: addSteps(to, step, count) }
}

/** A period of the same length that begins on another day; whole months stay whole. */
export function movedTo(from: string, to: string, first: string): { from: string; to: string } {
  if (!from.endsWith('-01') || !to.endsWith('-01') || !first.endsWith('-01')) return { from: first, to: addDays(first, daysBetween(from, to)) }
  const months = (day: string) => 12 * Number(day.slice(0, 4)) + Number(day.slice(5, 7))
  return { from: first, to: addMonths(first, months(to) - months(from)) }
}

/** The days at which the bars of a histogram begin, and the end of the last. */
export function barEdges({ step, from, counts }: Histogram): string[] {
  return from ? counts.map((_, i) => addSteps(from, step, i)).concat(addSteps(from, step, counts.length)) : []
}

/** The bar that a day is in, 0 to the number of bars; with the part of it that is over. */
export function barOf(edges: readonly string[], day: string): number {
  if (edges.length < 2) return 0
  const after = edges.findIndex((edge) => edge > day)
  if (after === 0) return 0
  if (after < 0) return edges.length - 1
  const [from, to] = [edges[after - 1] ?? day, edges[after] ?? day]
  return after - 1 + daysBetween(from, day) / Math.max(1, daysBetween(from, to))
}

/** The edge nearest to a place between the first and the last. */
export const edgeAt = (edges: readonly string[], place: number): string =>
  edges[Math.min(Math.max(Math.round(place), 0), edges.length - 1)] ?? ''

export const presets = ['all', 'days30', 'days90', 'months12', 'this_year', 'last_year'] as const
export type Preset = (typeof presets)[number]

/** A period that is asked for again and again, by the last day that has cases. */
export function presetPeriod(preset: Preset, lastDay: string): { from: string; to: string } {
  const to = addDays(lastDay, 1)
  const year = Number(lastDay.slice(0, 4))
  switch (preset) {
    case 'all':
      return { from: '', to: '' }
    case 'days30':
      return { from: addDays(to, -30), to }
    case 'days90':
      return { from: addDays(to, -90), to }
    case 'months12':
      return { from: addMonths(to, -12), to }
    case 'this_year':
      return { from: `${year}-01-01`, to }
    case 'last_year':
      return { from: `${year - 1}-01-01`, to: `${year}-01-01` }
  }
}

/** The same days a year earlier. */
export const yearBefore = ({ from, to }: { from: string; to: string }) => ({ from: addMonths(from, -12), to: addMonths(to, -12) })
