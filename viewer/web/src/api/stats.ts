// Statistics over HTTP: questions, the jobs that answer them, and their answers.
// Only the fields used here; more may come.
import type { FeatureCollection, Geometry } from 'geojson'
import type { BothLanguages } from './answers'
import { ask, query } from './server'

/** A number, null where there is none. */
export type Figure = number | null

export interface Interval {
  low: Figure
  high: Figure
}

export interface Share {
  k: number
  n: number
  share: Figure
  interval: Interval
}

export interface Period {
  from: string
  to: string
  days: number
}

export interface Area {
  code: string
  name?: string
}

export interface HotArea extends Area {
  class: string
  count: number
  around: number
  areas: number
  expected: Figure
  z: Figure
  p: Figure
  q: Figure
  base?: Figure
  rate?: Figure
  rate_shrunk?: Figure
  excess?: Figure
  rate_interval?: Interval
  wide?: boolean
}

export interface HotSpots {
  by: string
  areas: number
  hot: number
  cold: number
  islands: string[]
  rate?: Figure
  list: HotArea[]
}

export interface ChangedArea extends Area {
  class: string
  before: number
  after: number
  ratio: Figure
  p: Figure
  q: Figure
}

export interface Comparison {
  by: string
  before: Period
  after: Period
  city: ChangedArea
  areas: number
  more: number
  fewer: number
  /** How many times as much counts differ as those of single cases; 1 where cases come singly. */
  scatter: number
  list: ChangedArea[]
}

export interface ChainedCase {
  id: string
  number?: string
  reported_at: string
  closed_at?: string
  unit: string
  unit_name?: string
}

export interface Chain {
  kind: string
  category: string
  category_name?: string
  component?: string
  position: [lon: number, lat: number]
  n: number
  median_days: Figure
  cases: ChainedCase[] | null
}

export interface UnitReturns {
  unit: string
  unit_name?: string
  closed_not_solved: Share
}

export interface Repeats {
  closed_not_solved: Share
  chains: number
  avoidable: number
  units: UnitReturns[]
  list: Chain[]
}

export interface AreaClock extends Area {
  n: number
  mean_hour: Figure
  concentration: Figure
  p: Figure
  peak_weekday: number
  peak_hour: number
  peak_n: number
}

export interface Clock {
  counts: number[][]
  days: number[]
  mean_hour: Figure
  concentration: Figure
  p: Figure
  midnight: number
  midnight_means_unknown: boolean
  by: string
  list: AreaClock[]
}

export interface AreaSeason extends Area {
  n: number
  index: Figure[]
  peak_month: number
  peak_index: Figure
}

export interface Month {
  cases: number
  days: number
  index: Figure
  interval: Interval
}

export interface Season {
  months: Month[]
  years: Figure
  one_year_only: boolean
  by: string
  list: AreaSeason[]
}

export interface Ranked extends Area {
  n: number
  on_time: number
  expected: Figure
  share: Figure
  interval: Interval
  adjusted: Figure
  limits_95: Interval
  limits_998: Interval
  outside: number
  rank: number
  rank_interval: Interval
}

export interface Ranking {
  by: string
  share: Figure
  dispersion: Figure
  seed: number
  rounds: number
  list: Ranked[]
}

/** The indices of GB/T 30428.4 that are shares, in the order of the server. */
export const indexNames = ['dispatch_accuracy', 'on_time', 'closed', 'rework', 'extension', 'recurrence', 'satisfaction'] as const
export type IndexName = (typeof indexNames)[number]
export type Indices = Record<IndexName, Share> & { handling_h: Figure }

export type Appraised = Area & Indices & { role?: string; cases: number }

export interface Appraisal {
  by: string
  city: Indices
  list: Appraised[]
}

export interface TwoCounts {
  before: number
  after: number
}

export interface Campaign {
  before: Period
  after: Period
  target: TwoCounts
  ring: TwoCounts
  control: TwoCounts
  ratio: Figure
  interval: Interval
  p: Figure
  displacement: Figure
  corrected: boolean
  rebound: { mean: Figure; settled_weeks: number; weeks: number[]; alarm: string | null } | null
}

export interface BorderCosts {
  a: string
  a_name?: string
  a_unit?: string
  b: string
  b_name?: string
  b_unit?: string
  dispatched_again: Share
  extra_hours: Figure
  interval: Interval
}

export interface Friction {
  seed: number
  dispatched_again: Share
  elsewhere: Share
  list: BorderCosts[]
}

export interface SourceArea extends Area {
  class: string
  public: number
  patrol: number
  share: Share
  expected: Figure
  ratio: Figure
  p: Figure
  q: Figure
}

export interface Sources {
  by: string
  around: string
  city: Share
  areas: number
  public: number
  patrol: number
  list: SourceArea[]
}

export interface Lemon {
  component: string
  name?: string
  category: string
  category_name?: string
  position: [lon: number, lat: number]
  n: number
  exposure_years: Figure
  expected: Figure
  rate: Figure
  probability: Figure
  cases?: ChainedCase[]
}

export interface LemonClass {
  category: string
  category_name?: string
  components: number
  cases: number
  mean: Figure
  lemons: number
}

export interface Lemons {
  components: number
  lemons: number
  classes: LemonClass[]
  list: Lemon[]
}

/** What each statistic answers. */
export interface Results {
  hotspots: HotSpots
  compare: Comparison
  repeats: Repeats
  clock: Clock
  season: Season
  rank: Ranking
  appraisal: Appraisal
  campaign: Campaign
  friction: Friction
  sources: Sources
  lemons: Lemons
}
export type StatisticName = keyof Results

interface JobOf<N extends StatisticName> {
  id: string
  statistic: N
  state: 'queued' | 'running' | 'done' | 'failed'
  asked_at: string
  ended_at?: string
  done: number
  total: number
  fault?: string
  method: BothLanguages & { id: string }
  filter: Record<string, string>
  parameters: Record<string, unknown>
  period: Period
  city_version: number
  position?: string
  n: number
  excluded_n: number
  excluded?: Record<string, number>
  warnings?: BothLanguages[]
  result?: Results[N]
  layer?: string
}

/** A question that was asked, as it stands. */
export type Job = { [N in StatisticName]: JobOf<N> }[StatisticName]
/** One that is answered. */
export type Answer = { [N in StatisticName]: JobOf<N> & { result: Results[N] } }[StatisticName]

export function isAnswer(job: Job): job is Answer {
  return job.state === 'done' && job.result !== undefined
}

/** The features of a map layer; which properties there are depends on the statistic. */
export type StatFeatures = FeatureCollection<Geometry, Record<string, unknown>> & { features_dropped?: number }

/** How many cases each choice of a filter would give, the rest of the filter kept. */
export interface Choice {
  kind?: string
  value: string
  name?: string
  n: number
}

export interface Facets {
  n: number
  of: number
  facets: Partial<Record<string, Choice[]>>
  histogram: { step: string; from?: string; to?: string; counts: number[] }
}

/** How long the server may keep us waiting before it says that it goes on. */
const patience = { Prefer: 'wait=1' }
const job = (id: string) => `v1/stats/jobs/${encodeURIComponent(id)}`

export const statistics = {
  /** The answer, or the job that will have it. Who stops listening stops the work. */
  ask: (name: StatisticName, body: unknown, token: string, stop: AbortSignal) =>
    ask<Job>(`v1/stats/${name}`, stop, { method: 'POST', body, token, headers: patience }),

  look: (id: string, stop: AbortSignal) => ask<Job>(job(id), stop),

  /** Cancels a job, or forgets its answer. */
  drop: (id: string, stop: AbortSignal) => ask<undefined>(job(id), stop, { method: 'DELETE', keepalive: true }),

  layer: (id: string, stop: AbortSignal) => ask<StatFeatures>(`v1/stats/layers/${encodeURIComponent(id)}.geojson`, stop),

  facets: (filter: Record<string, string>, stop: AbortSignal) => ask<Facets>(`heat/facets?${query(filter)}`, stop),
}
