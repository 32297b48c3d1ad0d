// Where cases are, in numbers with a unit: the server's heat as types, and the calls.
import type { FeatureCollection, Geometry } from 'geojson'
import type { BothLanguages, ChainAnswer } from './answers'
import type { CaseSummary } from './cases'
import { ask, query } from './server'

export const modes = ['density', 'difference', 'rate', 'sources'] as const
export type Mode = (typeof modes)[number]
export const scales = ['linear', 'log', 'quantile', 'jenks', 'head_tail'] as const
export type Scale = (typeof scales)[number]
export const areaLevels = ['cell', 'hex', 'zone', 'community', 'street', 'district'] as const
export type AreaLevel = (typeof areaLevels)[number]

/** Half open, by the city's clocks. */
export interface Period {
  from: string
  to: string
  days: number
}

/** value = R·r + G·g + B·b − shift */
export interface Decode {
  r: number
  g: number
  b: number
  shift: number
}

/** A draft is of a coarser lattice, for a map that changes many times a second. */
export type Quality = 'full' | 'draft'

export interface Legend {
  mode: Mode
  units: string
  per_30_days: number
  n: number
  excluded_n: number
  period: Period
  against?: { what: string; n: number; excluded_n: number; period?: Period }
  bandwidth_m: number
  radius_m: number
  kernel: string
  edge: string
  lattice_m: number
  quality: Quality
  min: number
  max: number
  decode: Decode
  quantum: number
  method: BothLanguages
  /** Cases on piles that are left out. */
  piled_n?: number
}

/** What the numbers are on the ground: enough to show them in other classes without asking. */
export interface Domain {
  percentiles: number[]
  /** Of 2, 3, … 9 classes. */
  breaks: Record<Scale, number[][]>
}

export interface HeatDescription {
  tiles: string[]
  bounds: [number, number, number, number]
  maxzoom: number
  legend: Legend
  domain: Domain
  /** The words that pick cases. */
  filter: string[]
  /** What this server knows of both. */
  modes: Mode[]
  areas: AreaLevel[]
  city_version: number
}

export interface HeatValue {
  place: ChainAnswer
  value: number | null
  per_30_days: number | null
  sum?: number
  reached: number
  categories: { kind: string; category: string; name?: string; share: number }[]
  cases: { case: CaseSummary; weight: number; distance_m: number }[]
  comparison: { radius_m: number; n: number; previous: Period; previous_n: number; change: number | null; p: number | null } | null
  legend: Legend
}

export interface Choice {
  /** Of a category. */
  kind?: string
  value: string
  name?: string
  n: number
}

/** The members of a filter that have choices. */
export const members = ['kind', 'category', 'status', 'source', 'unit', 'zone', 'community', 'street', 'district', 'hour', 'weekday'] as const
export type Member = (typeof members)[number]

export interface Histogram {
  step: 'day' | 'week' | 'month'
  from?: string
  to?: string
  counts: number[]
}

export interface Facets {
  n: number
  of: number
  excluded_n: number
  facets: Record<Member, Choice[]>
  histogram: Histogram
}

export interface AreaFacts {
  code: string
  name: string
  n: number
  area_km2: number
  per_km2: number
  per_km2_low: number
  per_km2_high: number
  per_component?: { components: number; raw: number; shrunk: number; low: number; high: number; wide: boolean }
}

export interface HeatAreas extends FeatureCollection<Geometry, AreaFacts> {
  n: number
  rest: number
  period: Period
  city_rate?: number
}

export type Words = Record<string, string>

const asked = (path: string, words: Words) => {
  const text = query(words)
  return text ? `${path}?${text}` : path
}

export const heatServer = {
  describe: (words: Words, stop: AbortSignal) => ask<HeatDescription>(asked('heat.json', words), stop),

  value: (words: Words, stop: AbortSignal) => ask<HeatValue>(asked('heat/value', words), stop),

  facets: (words: Words, stop: AbortSignal) => ask<Facets>(asked('heat/facets', words), stop),

  areas: (by: AreaLevel, words: Words, stop: AbortSignal) => ask<HeatAreas>(asked('heat/export.geojson', { by, ...words }), stop),
}
