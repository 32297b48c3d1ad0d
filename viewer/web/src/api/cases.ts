// The cases over HTTP: what the desk answers and takes. Only the fields used
// here; more may come.
import type { BothLanguages, ChainAnswer, LonLat } from './answers'
import { ask, query } from './server'

export type Lamp = 'green' | 'yellow' | 'red' | 'grey'

export const eventKinds = [
  'report', 'register', 'verify', 'open', 'dispatch', 'accept', 'handle', 'feedback', 'check', 'rework', 'return',
  'dispute', 'rule', 'hold', 'resume', 'extend', 'urge', 'close', 'reopen', 'void', 'survey', 'note',
] as const
export type EventKind = (typeof eventKinds)[number]

export const states = [
  'reported', 'registered', 'verified', 'open', 'dispatched', 'accepted', 'handling', 'done', 'checked', 'rework',
  'returned', 'disputed', 'held', 'closed', 'void',
] as const
export type State = (typeof states)[number]

/** A case as lists, the stream and tiles have it. */
export interface CaseSummary {
  id: string
  number?: string
  kind: string
  category: string
  category_name: string
  condition?: string
  source: string
  position: [lon: number, lat: number]
  cell?: string
  zone?: string
  community?: string
  street?: string
  district?: string
  component?: string
  state: State
  unit?: string
  unit_name?: string
  reported_at: string
  yellow_at?: string
  due_at?: string
  closed_at?: string
  on_time?: boolean
  held: boolean
  lamp: Lamp
  version: number
}

export interface Actor {
  /** Only told to who sends a token. */
  id?: string
  role: string
  unit?: string
}

export interface Media {
  stage: string
  url: string
  sha256: string
  taken_at?: string
}

export interface UnitOf {
  unit: string
  unit_name?: string
}

/** One rule tried, with what became of it. */
export interface Tried extends UnitOf {
  rule: string
  outcome: string
  subject?: string
  claim?: number
  probability: number
  distance_m: number
  words: BothLanguages
}

export interface Alternative extends UnitOf {
  mode: string
  members?: UnitOf[]
  probability: number
  basis: string
  component?: string
  category?: string
  distance_m: number
  direction?: string
  subject?: string
  words: BothLanguages
}

export interface QuestionOption extends UnitOf {
  mode: string
  component?: string
  category?: string
  subject?: string
  basis: string
  distance_m: number
  direction?: string
}

export interface Question {
  kind: string
  street?: string
  options: QuestionOption[]
  words: BothLanguages
}

export interface Decision extends UnitOf {
  at: string
  mode: string
  members?: UnitOf[]
  confidence: number
  probability: number
  automatic: boolean
  basis: string
  claim?: number
  trace: Tried[]
  alternatives: Alternative[]
  question: Question | null
  component: { code: string; name: string; distance_m: number; probability: number; ambiguous: boolean; other?: string } | null
  chain?: ChainAnswer
  deadlines?: Deadline[]
  duplicates?: Match[]
  recurrences?: Match[]
  rules_version: string
}

export interface CaseEvent {
  seq: number
  at: string
  kind: EventKind
  actor: Actor
  note?: string
  media?: Media[]
  unit?: string
  unit_name?: string
  level?: string
  members?: UnitOf[]
  /** "4 work_hour": what began to run. */
  limit?: string
  due_at?: string
  until?: string
  score?: number
  number?: string
  decision?: Decision | null
}

/** A case that another may repeat. */
export interface Match {
  id: string
  number?: string
  state: State
  distance_m: number
  same_component: boolean
  reported_at: string
  closed_at?: string
}

/** How long a stage may take under a condition, from now. */
export interface Deadline {
  condition: string
  /** The condition in words. */
  text?: string
  stage: string
  /** "4 work_hour" */
  limit: string
  yellow_at: string
  due_at: string
  /** "missing": it reaches into a year of which only weekends are known. */
  calendar?: string
}

export interface CaseDetails extends CaseSummary {
  description?: string
  accuracy_m?: number
  source_system?: string
  external_id?: string
  attributes?: Record<string, unknown> | null
  level?: string
  members?: UnitOf[]
  handled?: Actor[]
  held_until?: string
  extensions?: number
  urges?: number
}

export interface CaseAnswer {
  case: CaseDetails
  events: CaseEvent[]
  allowed?: EventKind[]
  duplicates?: Match[]
  recurrences?: Match[]
  deadlines?: Deadline[]
  place?: ChainAnswer
  decision?: Decision | null
}

export interface CaseList {
  cases: CaseSummary[]
  next?: string
  city_version: number
}

/** What is reported, and what a decision is asked for. */
export interface Report extends LonLat {
  kind: string
  category: string
  condition?: string
  component?: string
  accuracy_m?: number
}

export interface NewCase extends Report {
  description?: string
  source: string
}

export interface Created {
  case: CaseSummary
  decision: Decision | null
  duplicates?: Match[]
  recurrences?: Match[]
}

/** One step, with what it says besides; which of it counts depends on the kind. */
export interface Step {
  kind: EventKind
  note?: string
  unit?: string
  level?: string
  members?: string[]
  until?: string
  score?: number
  number?: string
}

export interface Stepped {
  case: CaseSummary
  event: CaseEvent
  allowed?: EventKind[]
}

/** A class of the city's scheme. */
export interface CategoryRow {
  kind: string
  code: string
  name: string
  /** Empty for a major. */
  major: string
}

/** The data of a `case` event of the stream. */
export interface CaseNews {
  id: string
  event: EventKind
  seq: number
  case: CaseSummary
}

const path = (id: string) => `v1/cases/${encodeURIComponent(id)}`

export const desk = {
  list: (words: Record<string, string | number>, token: string, stop: AbortSignal) =>
    ask<CaseList>(`v1/cases?${query(words)}`, stop, { token }),

  one: (id: string, token: string, stop: AbortSignal) => ask<CaseAnswer>(path(id), stop, { token }),

  /** The same key and body make one case, however often it is sent. */
  report: (report: NewCase, key: string, token: string, stop: AbortSignal) =>
    ask<Created>('v1/cases', stop, { method: 'POST', body: report, token, headers: { 'Idempotency-Key': key } }),

  /** Refused with 412 if the case has another version than this. */
  step: (id: string, version: number, step: Step, key: string, token: string, stop: AbortSignal) =>
    ask<Stepped>(`${path(id)}/events`, stop, {
      method: 'POST', body: step, token, headers: { 'If-Match': `"${version}"`, 'Idempotency-Key': key },
    }),

  decide: (report: Report, stop: AbortSignal) => ask<Decision>('v1/dispatch', stop, { method: 'POST', body: report }),

  categories: (stop: AbortSignal) => ask<{ categories: CategoryRow[] }>('v1/categories', stop),
}
