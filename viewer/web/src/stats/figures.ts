// Figures of statistics for people. The tables carry the exact ones besides.
import type { Figure, Interval } from '../api/stats'
import { localeOf, type Lang } from '../i18n/messages'

/** What stands where there is no number. */
export const nothing = '–'

export function formatNumber(value: Figure, lang: Lang, digits: number): string {
  if (value === null) return nothing
  return new Intl.NumberFormat(localeOf[lang], { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(value).replace('-', '−')
}

/** Three digits that tell; all of them before the point. */
export function formatShort(value: Figure, lang: Lang): string {
  if (value === null) return nothing
  return new Intl.NumberFormat(localeOf[lang], { ...(Math.abs(value) >= 100 ? { maximumFractionDigits: Math.abs(value) >= 1000 ? 0 : 1 } : { minimumSignificantDigits: Number.isInteger(value) ? 1 : 3, maximumSignificantDigits: 3 }) }).format(value).replace('-', '−')
}

const raised: Record<string, string> = { '-': '⁻', 0: '⁰', 1: '¹', 2: '²', 3: '³', 4: '⁴', 5: '⁵', 6: '⁶', 7: '⁷', 8: '⁸', 9: '⁹' }

/** A chance: three decimals, powers of ten below; never 0, which no chance is: the server's digits end there. */
export function formatChance(value: Figure): string {
  if (value === null) return nothing
  if (value < 1e-12) return '<10⁻¹²'
  if (value >= 0.001) return value.toFixed(3)
  const [digits = '', power = ''] = value.toExponential(1).split('e')
  return `${digits}×10${[...power.replace('+', '')].map((sign) => raised[sign] ?? sign).join('')}`
}

/** A share with one decimal, two below 1 % and above 99 %. What is not all is never 100 %, what is something never 0 %. */
export function formatShare(value: Figure, lang: Lang): string {
  if (value === null) return nothing
  const percent = 100 * value
  const digits = (percent < 1 && percent > 0) || (percent > 99 && percent < 100) ? 2 : 1
  const least = 10 ** -digits
  const shown = value > 0 && value < 1 ? Math.min(100 - least, Math.max(least, percent)) : percent
  return `${new Intl.NumberFormat(localeOf[lang], { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(shown)}${lang === 'zh' ? '%' : ' %'}`
}

/** A month's short name: 6月, Jun. */
export const monthName = (month: number, lang: Lang): string =>
  new Intl.DateTimeFormat(localeOf[lang], { month: 'short', timeZone: 'UTC' }).format(Date.UTC(2021, month - 1, 1))

/** "93.1–95.0 %": both ends with one decimal, so that they can be told apart. */
export function formatShares({ low, high }: Interval, lang: Lang): string {
  if (low === null || high === null) return nothing
  const number = new Intl.NumberFormat(localeOf[lang], { minimumFractionDigits: 1, maximumFractionDigits: 1 })
  return `${number.format(100 * low)}–${number.format(100 * high)}${lang === 'zh' ? '%' : ' %'}`
}

export function formatInterval({ low, high }: Interval, lang: Lang): string {
  if (low === null && high === null) return nothing
  return `${low === null ? '' : formatShort(low, lang)} – ${high === null ? '∞' : formatShort(high, lang)}`
}

/** "13:27" of 13.44 hours. */
export function formatHour(value: Figure): string {
  if (value === null) return nothing
  const minutes = Math.round(value * 60) % 1440
  return `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`
}
