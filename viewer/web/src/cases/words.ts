// What is said of a case, in the words of an interface language.
import type { CaseSummary, QuestionOption } from '../api/cases'
import { formatMetres } from '../format'
import { dictionaries, localeOf, type Lang, type MessageKey, type Say } from '../i18n/messages'
import { countdownAt, spanParts } from './lamp'

/** A word of the server in the interface's language; one that came later than this page is shown as it is. */
export function wordOf(family: string, word: string, say: Say): string {
  const key = `${family}.${word}`
  return key in dictionaries.zh ? say(key as MessageKey) : word
}

/** A day and a time in the city's zone: 11月23日 08:05; the year where it is another. */
export function formatWhen(at: string | number, lang: Lang, timeZone: string, now = Date.now()): string {
  const date = new Date(at)
  if (Number.isNaN(date.getTime())) return ''
  const year = (of: Date) => new Intl.DateTimeFormat('en', { year: 'numeric', timeZone }).format(of)
  return new Intl.DateTimeFormat(localeOf[lang], {
    ...(year(date) !== year(new Date(now)) && { year: 'numeric' }),
    month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZone,
  }).format(date)
}

/** A share for people. What is not certain is never shown as 100 %, what happened never as 0 %. */
export function formatPercent(share: number, lang: Lang): string {
  const percent = Math.min(1, Math.max(0, share)) * 100
  const digits = percent > 99 || percent < 1 ? 2 : percent > 90 ? 1 : 0
  const scale = 10 ** digits
  let shown = Math.round(percent * scale) / scale
  if (shown === 100 && share < 1) shown = 99.99
  if (shown === 0 && share > 0) shown = 0.01
  return `${new Intl.NumberFormat(localeOf[lang], { maximumFractionDigits: 2 }).format(shown)}${lang === 'zh' ? '%' : ' %'}`
}

export function saySpan(ms: number, say: Say, lang: Lang): string {
  const number = new Intl.NumberFormat(localeOf[lang])
  return spanParts(ms).map(({ unit, value }) => say(`unit.${unit}`, { value: number.format(value) })).join(' ')
}

export function sayCountdown(one: CaseSummary, now: number, say: Say, lang: Lang): string {
  const count = countdownAt(one, now)
  switch (count.is) {
    case 'waiting':
      return say('count.waiting')
    case 'none':
      return say('count.none')
    case 'held':
      return say('count.held')
    case 'over':
      return count.onTime === null ? say('count.over') : say(count.onTime ? 'count.on_time' : 'count.not_on_time')
    case 'left':
      return say('count.left', { span: saySpan(count.ms, say, lang) })
    case 'late':
      return say('count.late', { span: saySpan(count.ms, say, lang) })
  }
}

/** "4 work_hour" in words. */
export function sayLimit(limit: string, say: Say): string {
  const [count = '', unit = ''] = limit.split(' ')
  const key = `limit.${unit}`
  return key in dictionaries.zh ? say(key as MessageKey, { count }) : limit
}

/** A unit by its name, else by its code. */
export const unitWord = ({ unit, unit_name }: { unit?: string | undefined; unit_name?: string | undefined }): string => unit_name || unit || ''

/** Several things in one sentence. */
export const listWords = (words: readonly string[], lang: Lang): string => words.join(lang === 'zh' ? '、' : ', ')

/** One answer to a question: what would be found there, the question itself has the names. */
export function optionWord(kind: string, option: QuestionOption, say: Say, lang: Lang): string {
  const parts: string[] = []
  if (kind === 'category' && option.category) parts.push(option.category)
  else if (kind === 'recorded') parts.push(option.component ? say('decision.option.recorded', { code: option.component }) : say('decision.option.not_recorded'))
  else if (kind !== 'side' && option.component) parts.push(option.component)
  if (option.direction) parts.push(wordOf('wind', option.direction, say))
  if (option.distance_m > 0) parts.push(say('decision.option.distance', { distance: formatMetres(option.distance_m, lang) }))
  return parts.length > 0 ? parts.join(lang === 'zh' ? '，' : ', ') : say('decision.option.here')
}

const reasonTexts: Record<string, MessageKey> = {
  state: 'why.state', role: 'why.role', 'not-yours': 'why.not-yours', 'not-with-a-unit': 'why.not-with-a-unit', 'handled-it': 'why.handled-it',
  'unit-handled-it': 'why.unit-handled-it', 'expert-needed': 'why.expert-needed', 'lowest-level': 'why.lowest-level',
  'highest-level': 'why.highest-level', 'level-not-lower': 'why.level-not-lower', 'no-more-extensions': 'why.no-more-extensions', 'hold-over': 'why.hold-over',
}

/** Why a step is refused: in our words where the server gives a reason we know, else in its own. */
export function sayReason(faults: readonly { message: string; value?: string }[], detail: string, say: Say): string {
  for (const { message, value } of faults) {
    const key = reasonTexts[message] ?? (value === undefined ? undefined : reasonTexts[value])
    if (key) return say(key)
  }
  return detail
}
