// Heat's numbers and periods in the words of an interface language.
import type { Legend } from '../api/heat'
import { localeOf, type Lang, type MessageKey, type Say } from '../i18n/messages'
import { addDays, daysBetween } from './days'

/** A number for people: as many digits as its size bears. */
export function formatNumber(value: number, lang: Lang): string {
  const size = Math.abs(value)
  const options: Intl.NumberFormatOptions =
    size >= 100 ? { maximumFractionDigits: 0 } : size >= 10 ? { maximumFractionDigits: 1 } : { maximumSignificantDigits: 3 }
  return new Intl.NumberFormat(localeOf[lang], options).format(size === 0 ? 0 : value)
}

/** With its sign: of a difference. */
export const formatSigned = (value: number, lang: Lang): string => (value > 0 ? `+${formatNumber(value, lang)}` : formatNumber(value, lang).replace('-', '−'))

const unitKeys: Record<string, MessageKey> = { 'cases/km²': 'heat.unit.km2', 'cases/km': 'heat.unit.km', 'cases/component': 'heat.unit.component', 'ln(public/patrol)': 'heat.unit.sources' }

/** The unit of a legend's numbers; one that came later than this page as it is. */
export function unitOf(legend: Legend, say: Say): string {
  const key = unitKeys[legend.units]
  return key ? say(key) : legend.units
}

/** Whether its numbers grow with the period. */
export const isPerTime = ({ mode }: Legend): boolean => mode !== 'sources'

export const formatValue = (value: number, legend: Legend, lang: Lang): string =>
  legend.min < 0 || legend.mode === 'difference' ? formatSigned(value, lang) : formatNumber(value, lang)

/** A log ratio as people say it: how many times as much. */
export const formatTimes = (value: number, lang: Lang): string => `×${formatNumber(Math.exp(value), lang)}`

/** A day of the city. */
export function formatDay(day: string, lang: Lang): string {
  return new Intl.DateTimeFormat(localeOf[lang], { year: 'numeric', month: 'short', day: 'numeric', timeZone: 'UTC' }).format(new Date(`${day}T00:00:00Z`))
}

/** From its first to its last day: people mean both. */
export function formatPeriod(from: string, to: string, lang: Lang): string {
  const [first, last] = [from.slice(0, 10), addDays(to.slice(0, 10), to.length > 10 && !to.includes('T00:00:00') ? 0 : -1)]
  return first === last ? formatDay(first, lang) : `${formatDay(first, lang)} – ${formatDay(last, lang)}`
}

export const daysOf = (from: string, to: string): number => daysBetween(from.slice(0, 10), to.slice(0, 10))

/** How sure a test is: p itself, never as 0. */
export function formatP(p: number, lang: Lang): string {
  if (p < 0.001) return 'p < 0.001'
  return `p = ${new Intl.NumberFormat(localeOf[lang], { maximumFractionDigits: 3, minimumFractionDigits: 3 }).format(p)}`
}

/** Above this a difference may well be chance. */
export const chanceAbove = 0.05

/** A change for people: +18 %, −40 %. */
export function formatChange(change: number, lang: Lang): string {
  const percent = new Intl.NumberFormat(localeOf[lang], { maximumFractionDigits: Math.abs(change) < 0.1 ? 1 : 0 }).format(Math.abs(change) * 100)
  return `${change < 0 ? '−' : '+'}${percent}${lang === 'zh' ? '%' : ' %'}`
}
