// A question as the panel's form has it: which statistic, of which cases, with
// which parameters. All of it is text, as in a link; the body of the request is
// made of it at the end.
import type { StatisticName } from '../api/stats'

export interface Question {
  statistic: StatisticName
  /** The words of the filter, as GET /v1/cases has them. */
  filter: Readonly<Record<string, string>>
  /** Only those that differ from the usual ones. */
  parameters: Readonly<Record<string, string>>
}

export type Parameter =
  | { name: string; kind: 'choice'; of: readonly string[] }
  | { name: string; kind: 'number'; usual: number; least: number; most: number; step: number }
  | { name: string; kind: 'date'; needed: boolean }
  | { name: string; kind: 'target' }

const cellsToDistricts = ['cell', 'zone', 'community', 'street', 'district'] as const
const zonesToDistricts = cellsToDistricts.slice(1)
const unitsToDistricts = ['unit', ...zonesToDistricts]
const choice = (name: string, of: readonly string[]): Parameter => ({ name, kind: 'choice', of })
const number = (name: string, usual: number, least: number, most: number, step: number): Parameter => ({ name, kind: 'number', usual, least, most, step })
const date = (name: string, needed: boolean): Parameter => ({ name, kind: 'date', needed })
const alpha = number('alpha', 0.05, 0.000001, 0.5, 0.001)
const seed = number('seed', 1, 0, 2 ** 53, 1)
const radius = number('radius_m', 20, 0, 500, 1)
const within = number('within_days', 30, 1, 365, 1)

/** The statistics in the order of the list, each with its parameters; the first choice is the usual one. */
export const catalogue: Readonly<Record<StatisticName, readonly Parameter[]>> = {
  hotspots: [choice('by', cellsToDistricts), choice('base', ['none', 'area', 'components']), number('band_m', 0, 0, 20_000, 50), alpha],
  compare: [
    date('before_from', true), date('before_to', true), date('after_from', true), date('after_to', true),
    choice('by', cellsToDistricts), choice('against', ['time', 'city']), choice('scatter', ['auto', 'none']), alpha,
  ],
  repeats: [radius, within],
  clock: [choice('by', zonesToDistricts)],
  season: [choice('by', zonesToDistricts)],
  rank: [choice('by', unitsToDistricts), seed],
  appraisal: [choice('by', [...unitsToDistricts, 'post']), radius, within],
  campaign: [
    { name: 'target', kind: 'target' }, date('start', true), date('end', false),
    number('ring_m', 200, 1, 5000, 1), number('rebound', 2, 1.05, 10, 0.05),
  ],
  friction: [number('near_m', 30, 0, 200, 1), seed],
  sources: [choice('by', cellsToDistricts), choice('around', ['none', 'neighbours']), alpha],
  lemons: [number('times', 2, 1, 100, 0.5), number('probability', 0.95, 0.5, 0.9999, 0.01)],
}

export const statisticNames = Object.keys(catalogue) as StatisticName[]

/** The words of a filter that a link may carry. */
export const filterWords = [
  'from', 'to', 'kind', 'category', 'status', 'source', 'unit', 'zone', 'community', 'street', 'district', 'cell', 'component', 'hour', 'weekday',
  'q', 'live', 'piles',
] as const

/** Words of the filter that a statistic cannot have: periods that are parameters, sources that are what it compares. */
const without: Partial<Record<StatisticName, readonly string[]>> = { compare: ['from', 'to'], sources: ['source'] }
export const takes = (statistic: StatisticName, word: string): boolean => !without[statistic]?.includes(word)

/** What a parameter is, also where it was not chosen. */
export function valueOf(question: Question, parameter: Parameter): string {
  const chosen = question.parameters[parameter.name]
  if (chosen !== undefined) return chosen
  if (parameter.kind === 'choice') return parameter.of[0] ?? ''
  return parameter.kind === 'number' ? String(parameter.usual) : ''
}

/** The same question about another filter or with another parameter; '' takes a word back. */
export function withWord(question: Question, part: 'filter' | 'parameters', name: string, value: string): Question {
  const words = { ...question[part] }
  if (value === '') delete words[name]
  else words[name] = value
  return { ...question, [part]: words }
}

/** The same cases, asked for another statistic: what both know is kept. */
export function turnedTo(question: Question, statistic: StatisticName): Question {
  const kept = Object.entries(question.parameters).filter(([name, value]) => {
    const parameter = catalogue[statistic].find((known) => known.name === name)
    return parameter !== undefined && (parameter.kind !== 'choice' || parameter.of.includes(value))
  })
  return { ...question, statistic, parameters: Object.fromEntries(kept) }
}

/** As items of a link: "hotspots", "from:2021-01-01", "by:zone". */
export function questionItems({ statistic, filter, parameters }: Question): string[] {
  const words = [...filterWords.flatMap((name) => pairOf(name, filter[name])), ...catalogue[statistic].flatMap(({ name }) => pairOf(name, parameters[name]))]
  return [statistic, ...words.map(([name, value]) => `${name}:${value}`)]
}

const pairOf = (name: string, value: string | undefined): [string, string][] => (value ? [[name, value]] : [])

/** Reads what questionItems wrote; what is unknown is ignored. null where no statistic is named. */
export function readQuestion(items: readonly string[]): Question | null {
  const statistic = statisticNames.find((name) => items.includes(name))
  if (!statistic) return null
  const filter: Record<string, string> = {}
  const parameters: Record<string, string> = {}
  for (const item of items) {
    const colon = item.indexOf(':')
    const name = item.slice(0, Math.max(0, colon))
    const value = item.slice(colon + 1)
    if (value === '') continue
    if (filterWords.some((word) => word === name)) filter[name] = value
    else if (catalogue[statistic].some((parameter) => parameter.name === name)) parameters[name] = value
  }
  return { statistic, filter, parameters }
}

export const sameQuestion = (a: Question, b: Question): boolean => questionItems(a).join('\n') === questionItems(b).join('\n')

/** What keeps a question from being asked: the names of what is missing or no number. */
export function missing(question: Question): string[] {
  return catalogue[question.statistic].flatMap((parameter) => {
    const value = valueOf(question, parameter)
    if (parameter.kind === 'date') return parameter.needed && value === '' ? [parameter.name] : []
    if (parameter.kind === 'target') return value === '' ? [parameter.name] : []
    if (parameter.kind === 'number') return Number(value) >= parameter.least && Number(value) <= parameter.most ? [] : [parameter.name]
    return parameter.of.includes(value) ? [] : [parameter.name]
  })
}

/** The body of the request. `target` is the polygon that the campaign's target stands for. */
export function bodyOf(question: Question, target: unknown = null): Record<string, unknown> {
  const { statistic } = question
  const filter = Object.fromEntries(Object.entries(question.filter).filter(([name]) => takes(statistic, name)))
  const body: Record<string, unknown> = { filter }
  const periods: Record<string, Record<string, string>> = {}
  for (const parameter of catalogue[statistic]) {
    const { name, kind } = parameter
    const value = question.parameters[name]
    if (kind === 'target') body['area'] = target
    else if (value === undefined) continue
    else if (kind === 'number') body[name] = Number(value)
    else if (statistic === 'compare' && kind === 'date') {
      const [period = '', end = ''] = name.split('_')
      periods[period] = { ...periods[period], [end]: value }
    } else body[name] = value
  }
  return { ...body, ...periods }
}
