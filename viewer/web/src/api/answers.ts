// The answers of the server that the viewer reads, as its interface contract
// gives them. Only the fields used here; more may come.
import type { Feature, Geometry } from 'geojson'

export interface LonLat {
  lon: number
  lat: number
}

/** The map layers, in the words of the tile catalogue. */
export type LayerID =
  | 'districts' | 'streets' | 'communities' | 'zones' | 'cells' | 'components' | 'addresses' | 'cases'
  | 'base_roads' | 'base_water' | 'base_green' | 'base_buildings'

export interface CategoryCount {
  kind: string
  code: string
  name: string
  major: string
  major_name: string
  count: number
}

export interface City {
  code: string
  name: string
  made_up: boolean
  bounds: [number, number, number, number]
  time_zone: string
  scheme: string
  gcj02: boolean
  attribution?: string
  counts: Partial<Record<string, number>>
  city_version: number
  categories: CategoryCount[]
}

export interface CatalogueLayer {
  id: string
  geometry: string
  minzoom: number
  maxzoom: number
  count: number
  /** West, south, east, north; absent for a layer without a feature. */
  bounds?: [number, number, number, number]
  fields: Record<string, string>
}

export interface Catalogue {
  layers: CatalogueLayer[]
}

export interface Named {
  code: string
  name?: string | null
}

export interface ChainAnswer {
  position: LonLat & { crs: string }
  status: 'inside' | 'near' | 'outside'
  fault: 'gap' | 'overlap' | null
  also?: string[]
  cell: { code: string; name?: string; border_m?: number; across?: string | null; distance_m?: number } | null
  zone: (Named & { unit?: string | null }) | null
  community: Named | null
  street: Named | null
  district: Named | null
  place?: string | null
  city_version: number
}

export interface ComponentFacts {
  code: string
  name?: string | null
  category?: string | null
  category_name?: string | null
  major?: string | null
  major_name?: string | null
  state?: string | null
  accuracy_class?: string | null
  cell?: string | null
  recorded_cell?: string | null
  owner?: string | null
  maintainer?: string | null
  authority?: string | null
  source?: string | null
  placed_on?: string | null
  changed_on?: string | null
  point?: [number, number]
  attributes?: Record<string, unknown> | null
  distance_m?: number
}

export type ComponentFeature = Feature<Geometry, ComponentFacts>

export interface NearestAnswer {
  features: ComponentFeature[]
  city_version: number
}

/** The same words in both languages; the server has them. */
export interface BothLanguages {
  en: string
  zh: string
}

export type Severity = 'error' | 'warning' | 'note'

export interface CheckRule {
  id: string
  severity: Severity
  clause?: string
  title: BothLanguages
  hint: BothLanguages
  fixable: boolean
  n: number
  listed: number
}

export interface Finding {
  rule: string
  severity: Severity
  at: [number, number] | null
  geometry: Geometry | null
  features: { layer: string; code: string }[]
  measured?: number
  unit?: string
  reason: BothLanguages
}

export interface CheckAnswer {
  city_version: number
  current_version: number
  counts: Record<Severity, number>
  rules: CheckRule[]
  matched: number
  findings: Finding[]
  next?: string
}

/** The check is under way; the answer comes later. */
export interface CheckRunning {
  state: 'running'
  rule: string
}

export interface ConvertAnswer {
  position: LonLat & { crs: string }
  to: (LonLat & { crs: string })[]
}
