// What an answer says, in plain sentences.
import type { Answer, Campaign, Clock } from '../api/stats'
import { listWords } from '../cases/words'
import { formatCount } from '../format'
import { dictionaries, type Lang, type MessageKey, type Say } from '../i18n/messages'
import { formatChance, formatHour, formatInterval, formatShare, formatShares, formatShort, monthName } from './figures'
import { nameOf } from './tables'

/** Counts that differ so much more than those of single cases say that cases come in bursts. */
const toldScatter = 1.05

/** A word of a family that we know, else as the server has it. */
export function wordIn(family: string, word: string, say: Say): string {
  const key = `${family}.${word}`
  return key in dictionaries.zh ? say(key as MessageKey) : word
}

/** A day of the city: 2021-01-01. */
export const dayOf = (instant: string): string => instant.slice(0, 10)

/** The sentences of an answer, the most important first. */
export function sentencesOf(answer: Answer, say: Say, lang: Lang): string[] {
  const count = (n: number) => formatCount(n, lang)
  const by = (word: string) => wordIn('stats.by', word, say)
  switch (answer.statistic) {
    case 'hotspots': {
      const { result } = answer
      const [hottest] = result.list.filter((area) => area.class === 'hot')
      return [
        say('stats.sentence.hotspots', { areas: count(result.areas), by: by(result.by), hot: count(result.hot), cold: count(result.cold) }),
        ...(hottest ? [say('stats.sentence.hottest', { name: nameOf(hottest), around: count(hottest.around), expected: formatShort(hottest.expected, lang) })] : []),
        ...(result.hot + result.cold === 0 ? [say('stats.none.found')] : []),
      ]
    }
    case 'compare': {
      const { city, areas, more, fewer, scatter, by: unit } = answer.result
      const change = say(city.class === 'more' ? 'stats.sentence.more' : city.class === 'fewer' ? 'stats.sentence.fewer' : 'stats.sentence.same')
      return [
        say('stats.sentence.compare', { change, ratio: formatShort(city.ratio, lang), areas: count(areas), by: by(unit), more: count(more), fewer: count(fewer) }),
        ...(scatter >= toldScatter ? [say('stats.sentence.scatter', { scatter: formatShort(scatter, lang) })] : []),
      ]
    }
    case 'repeats': {
      const { chains, avoidable, closed_not_solved: closed } = answer.result
      return [say('stats.sentence.repeats', { chains: count(chains), avoidable: count(avoidable), share: formatShare(closed.share, lang), interval: formatShares(closed.interval, lang) })]
    }
    case 'clock': {
      const { mean_hour, concentration, midnight, midnight_means_unknown } = answer.result
      const peak = peakOf(answer.result)
      return [
        ...(peak ? [say('stats.sentence.clock.peak', { peak: say('stats.peak', { weekday: wordIn('stats.weekday', String(peak.weekday), say), hour: String(peak.hour).padStart(2, '0') }), mean: formatShort(peak.mean, lang) })] : []),
        say('stats.sentence.clock', { hour: formatHour(mean_hour), concentration: formatShort(concentration, lang) }),
        ...(midnight_means_unknown ? [say('stats.sentence.midnight', { count: count(midnight) })] : []),
      ]
    }
    case 'season': {
      const known = answer.result.months.flatMap(({ index }, at) => (index === null ? [] : [{ month: at + 1, index }])).sort((a, b) => b.index - a.index)
      const [high] = known
      const low = known[known.length - 1]
      if (!high || !low) return []
      return [say('stats.sentence.season', { high: monthName(high.month, lang), high_index: formatShort(high.index, lang), low: monthName(low.month, lang), low_index: formatShort(low.index, lang) })]
    }
    case 'rank': {
      const { share, dispersion, list } = answer.result
      const outside = (side: number) => count(list.filter((one) => one.outside === side).length)
      return [say('stats.sentence.rank', { share: formatShare(share, lang), count: count(list.length), above: outside(1), below: outside(-1), dispersion: formatShort(dispersion, lang) })]
    }
    case 'appraisal': {
      const { on_time, rework, recurrence } = answer.result.city
      return [say('stats.sentence.appraisal', { on_time: formatShare(on_time.share, lang), rework: formatShare(rework.share, lang), recurrence: formatShare(recurrence.share, lang) })]
    }
    case 'campaign':
      return campaignSentences(answer.result, say, lang)
    case 'sources': {
      const { result } = answer
      return [say('stats.sentence.sources', { share: formatShare(result.city.share, lang), areas: count(result.areas), by: by(result.by), public: count(result.public), patrol: count(result.patrol) })]
    }
    case 'lemons': {
      const { components, lemons } = answer.result
      return [say('stats.sentence.lemons', { components: count(components), lemons: count(lemons) })]
    }
    case 'friction': {
      const { dispatched_again: again, elsewhere, list } = answer.result
      return [say('stats.sentence.friction', { again: formatShare(again.share, lang), elsewhere: formatShare(elsewhere.share, lang), count: count(list.length) })]
    }
  }
}

function campaignSentences(result: Campaign, say: Say, lang: Lang): string[] {
  const { ratio, interval, p, displacement, rebound, corrected } = result
  const figures = { ratio: formatShort(ratio, lang), interval: formatInterval(interval, lang), p: formatChance(p) }
  // The interval decides, not a limit for p of our own.
  const less = interval.high !== null && interval.high < 1
  const more = interval.low !== null && interval.low > 1
  const out = [
    less && ratio !== null ? say('stats.sentence.campaign.less', { ...figures, percent: formatShare(1 - ratio, lang) })
    : more && ratio !== null ? say('stats.sentence.campaign.more', { ...figures, percent: formatShort((ratio - 1) * 100, lang) + (lang === 'zh' ? '%' : ' %') })
    : say('stats.sentence.campaign.unclear', figures),
  ]
  if (displacement !== null && less) {
    const meaning = say(displacement < -1 ? 'stats.sentence.displaced.all' : displacement < 0 ? 'stats.sentence.displaced.out' : 'stats.sentence.displaced.none')
    out.push(say('stats.sentence.displaced', { value: formatShort(displacement, lang), meaning }))
  }
  if (!rebound) out.push(say('stats.sentence.rebound.unknown'))
  else if (rebound.alarm) out.push(say('stats.sentence.rebound.alarm', { date: dayOf(rebound.alarm) }))
  else out.push(say('stats.sentence.rebound.none', { weeks: rebound.weeks.length }))
  if (corrected) out.push(say('stats.sentence.corrected'))
  return out
}

/** Why cases were left out, each reason with how many. */
export function excludedWords(excluded: Record<string, number> | undefined, say: Say, lang: Lang): string {
  return listWords(
    Object.entries(excluded ?? {}).sort(([, a], [, b]) => b - a).map(([why, n]) => `${wordIn('stats.why', why, say)} ${formatCount(n, lang)}`),
    lang,
  )
}

/** Parameters as they were used: names and values. */
export function givenWords(parameters: Record<string, unknown>, say: Say): { name: string; value: string }[] {
  return Object.entries(parameters).map(([name, value]) => ({ name: wordIn('stats.par', name, say), value: valueWords(name, value, say) }))
}

function valueWords(name: string, value: unknown, say: Say): string {
  if (typeof value === 'string') return /^\d{4}-\d\d-\d\dT/.test(value) ? dayOf(value) : wordIn(`stats.${name}`, value, say)
  if (typeof value !== 'object' || value === null) return String(value)
  const { from, to, type } = value as { from?: unknown; to?: unknown; type?: unknown }
  if (typeof from === 'string' && typeof to === 'string') return `${dayOf(from)} – ${dayOf(to)}`
  return typeof type === 'string' ? type : JSON.stringify(value)
}

/** The hour of the week that has most cases on a day of its kind; the first where several do. */
export function peakOf({ counts, days }: Pick<Clock, 'counts' | 'days'>): { weekday: number; hour: number; mean: number } | null {
  const fields = counts.flatMap((row, at) => row.map((n, hour) => ({ weekday: at + 1, hour, mean: n / (days[at] || Infinity) })))
  const [first] = fields.sort((a, b) => b.mean - a.mean)
  return first && first.mean > 0 ? first : null
}
