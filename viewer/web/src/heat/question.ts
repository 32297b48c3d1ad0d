// What is asked of heat: which cases, and what is computed of them. As words of the
// server's interface, and as items of a link.
import { modes, type Mode, type Words } from '../api/heat'

/** The members of the filter that take several values. */
export const lists = ['category', 'status', 'source', 'unit', 'zone', 'community', 'street', 'district', 'hour', 'weekday'] as const
export type List = (typeof lists)[number]

export interface Question {
  mode: Mode
  /** In mode rate: what cases are divided by. */
  per: 'component' | 'road_km'
  /** Days of the city, half open; '' for no bound. */
  from: string
  to: string
  /** In mode difference: the other period; null: the one of the same length before. */
  against: { from: string; to: string } | null
  kind: '' | 'component' | 'event'
  chosen: Readonly<Partial<Record<List, readonly string[]>>>
  /** Sigma in metres; 0 lets the server find it. */
  bandwidthM: number
  kernel: 'gaussian' | 'quartic'
  edge: 'uniform' | 'mass'
  /** Without the cases that lie on one another by a geocoder's fault. */
  withoutPiles: boolean
}

export const everything: Question = {
  mode: 'density', per: 'component', from: '', to: '', against: null, kind: '', chosen: {},
  bandwidthM: 150, kernel: 'gaussian', edge: 'uniform', withoutPiles: false,
}

export const presetsM = [50, 150, 400] as const
export const leastBandwidthM = 5
export const mostBandwidthM = 10_000

/** The words that pick the cases. */
export function filterWords(question: Question): Words {
  const words: Words = {}
  if (question.from) words['from'] = question.from
  if (question.to) words['to'] = question.to
  if (question.kind) words['kind'] = question.kind
  for (const list of lists) {
    const values = question.chosen[list]
    if (values && values.length > 0 && (list !== 'category' || question.kind)) words[list] = values.join(',')
  }
  if (question.withoutPiles) words['piles'] = 'without'
  return words
}

/** Whether two periods can be compared. */
export const isBounded = ({ from, to }: Question): boolean => from !== '' && to !== '' && from < to

/** All words but those of how it is shown. Defaults are left out. */
export function allWords(question: Question): Words {
  const words = filterWords(question)
  if (question.mode === 'difference' && isBounded(question)) {
    words['mode'] = 'difference'
    if (question.against) {
      words['against_from'] = question.against.from
      words['against_to'] = question.against.to
    }
  }
  if (question.mode === 'sources') words['mode'] = 'sources'
  if (question.mode === 'rate') {
    words['mode'] = 'rate'
    words['per'] = question.kind === 'event' ? 'road_km' : question.per
  }
  if (question.bandwidthM !== everything.bandwidthM) words['bandwidth_m'] = question.bandwidthM === 0 ? 'auto' : String(question.bandwidthM)
  if (question.kernel !== everything.kernel) words['kernel'] = question.kernel
  if (question.edge !== everything.edge) words['edge'] = question.edge
  return words
}

/** How many members of the filter choose something, the period apart. */
export function choices(question: Question): number {
  return lists.filter((list) => (question.chosen[list]?.length ?? 0) > 0).length + (question.kind ? 1 : 0) + (question.withoutPiles ? 1 : 0)
}

/** Chooses a value of a list, or lets it go. */
export function toggled(question: Question, list: List, value: string): Question {
  const before = question.chosen[list] ?? []
  const after = before.includes(value) ? before.filter((one) => one !== value) : [...before, value]
  return { ...question, chosen: { ...question.chosen, [list]: after } }
}

/** A kind's categories go with it. */
export const ofKind = (question: Question, kind: Question['kind']): Question => ({
  ...question, kind, chosen: { ...question.chosen, category: [] },
})

const between = ':'

/** What differs from the default, as items of a link: "from:2025-01-01", "unit:U1". */
export function questionItems(question: Question): string[] {
  const items: string[] = []
  const put = (word: string, value: string) => items.push(`${word}${between}${value}`)
  for (const [word, value] of Object.entries(allWords({ ...question, chosen: {} }))) put(word, value)
  for (const list of lists) for (const value of question.chosen[list] ?? []) put(list, value)
  return items
}

const isDay = (text: string): boolean => /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text))

/** Reads items of a link; what cannot be read is left out. */
export function readQuestion(items: readonly string[]): Question {
  const one = new Map<string, string>()
  const chosen: Partial<Record<List, string[]>> = {}
  for (const item of items) {
    const at = item.indexOf(between)
    if (at < 1 || at === item.length - 1) continue
    const [word, value] = [item.slice(0, at), item.slice(at + 1)]
    const list = lists.find((known) => known === word)
    if (!list) one.set(word, value)
    else if (/^[^,]+$/.test(value)) chosen[list] = [...new Set([...(chosen[list] ?? []), value])]
  }
  const day = (word: string) => {
    const text = one.get(word) ?? ''
    return isDay(text) ? text : ''
  }
  const kind = one.get('kind')
  const question: Question = {
    ...everything,
    from: day('from'),
    to: day('to'),
    kind: kind === 'component' || kind === 'event' ? kind : '',
    chosen,
    mode: modes.find((known) => known === one.get('mode')) ?? 'density',
    per: one.get('per') === 'road_km' ? 'road_km' : 'component',
    bandwidthM: readBandwidth(one.get('bandwidth_m')),
    kernel: one.get('kernel') === 'quartic' ? 'quartic' : 'gaussian',
    edge: one.get('edge') === 'mass' ? 'mass' : 'uniform',
    withoutPiles: one.get('piles') === 'without',
  }
  if (question.to && question.from >= question.to) question.to = ''
  const [from, to] = [day('against_from'), day('against_to')]
  if (from && to && from < to) question.against = { from, to }
  if (!question.kind) delete chosen.category
  if (question.mode === 'difference' && !isBounded(question)) question.mode = 'density'
  return question
}

function readBandwidth(text: string | undefined): number {
  if (text === 'auto') return 0
  const value = Number(text)
  return value >= leastBandwidthM && value <= mostBandwidthM ? value : everything.bandwidthM
}
