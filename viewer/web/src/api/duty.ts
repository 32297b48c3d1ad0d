// Who answers for what, and how well that is known: the responsibility map and
// the quality of dispatch.
import type { FeatureCollection, Geometry } from 'geojson'
import type { BothLanguages } from './answers'
import { ask, query } from './server'

export const dutyLayers = ['nobody', 'overlaps', 'off-duty', 'returns'] as const
export type DutyLayer = (typeof dutyLayers)[number]

/** What a feature of the responsibility map says; which of it there is depends on the layer. */
export interface DutyFacts {
  code?: string
  name?: string
  /** Of nobody's ground and zones off duty: who answers meanwhile. */
  unit?: string
  unit_name?: string
  answers?: string
  answers_name?: string
  zone?: string
  category?: string
  category_name?: string
  /** Two areas that lie on one another, or the zones of a border. */
  a?: string
  a_name?: string
  a_unit?: string
  a_unit_name?: string
  a_category?: string
  b?: string
  b_name?: string
  b_unit?: string
  b_unit_name?: string
  n?: number
  wrong?: number
  share?: number
  /** A border in need of a 确权. */
  need?: boolean
  area_m2?: number
}

export type DutyFeatures = FeatureCollection<Geometry, DutyFacts>

/** How often first dispatch was wrong. */
export interface Accuracy {
  key: string
  name?: string
  n: number
  wrong: number
  share: number
  /** The lower end of the 95 % interval of the share. */
  at_least: number
  /** The middle of what was wrong. */
  place?: [lon: number, lat: number]
}

export interface QualityAnswer {
  all: Accuracy
  rules: Accuracy[]
  units: Accuracy[]
  classes: Accuracy[]
  borders: Accuracy[]
  /** Those that need a 确权. */
  need_borders: Accuracy[]
  need_classes: Accuracy[]
  unused_rulings: unknown[]
  method?: BothLanguages
}

export const responsibility = {
  /** Ground that nobody owns is asked for by class: `of` is its kind and code. */
  layer: (layer: DutyLayer, of: readonly [kind: string, category: string] | null, stop: AbortSignal) =>
    ask<DutyFeatures>(
      `v1/dispatch/map/${layer}.geojson${layer === 'nobody' && of ? `?${query({ kind: of[0], category: of[1] })}` : ''}`,
      stop,
    ),

  quality: (stop: AbortSignal) => ask<QualityAnswer>('v1/dispatch/quality', stop),
}

/** Past cases under changed rules: how far it is, and what it found. */
export interface DryRun {
  id: string
  state: 'queued' | 'running' | 'done' | 'failed'
  rules_version: string
  done: number
  total: number
  fault?: string
  result?: {
    cases: number
    changed: number
    share: number
    better: number
    worse: number
    automatic: number
    automatic_share: number
    pairs: { from: string; from_name?: string; to: string; to_name?: string; n: number; better: number; worse: number }[]
  }
}

/** A case that would go to another unit. */
export interface ChangedCase {
  id: string
  category_name?: string
  from_name?: string
  to_name?: string
  change: 'better' | 'worse' | 'other'
}

export const dryRuns = {
  one: (id: string, token: string, stop: AbortSignal) => ask<DryRun>(`v1/dispatch/dry-run/${encodeURIComponent(id)}`, stop, { token }),

  points: (id: string, token: string, stop: AbortSignal) =>
    ask<FeatureCollection<Geometry, ChangedCase>>(`v1/dispatch/dry-run/${encodeURIComponent(id)}.geojson`, stop, { token }),
}
