// The map layer of a statistic, made ready to be drawn: each feature with the key
// of its row, a class for its look, and a short label.
import type { Feature, FeatureCollection, Geometry, Point, Position } from 'geojson'
import type { Answer, IndexName, StatFeatures } from '../api/stats'
import { ringArea, roomiestPoint } from '../map/names'
import { appraisedKey, borderKey, chainKey, outsideClass } from './tables'

/** How features look: more or fewer than chance explains, neither, one of five steps, a place, a line, an outline. */
export const steps = ['step0', 'step1', 'step2', 'step3', 'step4'] as const
export type DrawnClass = 'up' | 'down' | 'none' | (typeof steps)[number] | 'place' | 'line' | 'outline'

export interface DrawnFacts {
  key: string
  class: DrawnClass
  /** What is written there, from near by. */
  label: string
  /** How large a point or how wide a line is, from 0 to 1. */
  size: number
}

export interface Drawn {
  features: FeatureCollection<Geometry, DrawnFacts>
  /** The signs of areas that stand out. */
  signs: FeatureCollection<Point, DrawnFacts>
  /** The upper ends of the five steps, where there are steps. */
  breaks: readonly number[]
  /** What there was of each class. */
  counts: ReadonlyMap<DrawnClass, number>
}

/** What the labels need of the language. */
export interface LabelWords {
  number: (value: number, digits: number) => string
  percent: (share: number) => string
  weekdayHour: (weekday: number, hour: number) => string
  month: (month: number) => string
}

export const classOfSign: Readonly<Record<string, DrawnClass>> = {
  hot: 'up', more: 'up', above: 'up', cold: 'down', fewer: 'down', below: 'down', public: 'up', patrol: 'down', none: 'none', within: 'none',
}

const numberOf = (value: unknown): number | null => (typeof value === 'number' && Number.isFinite(value) ? value : null)
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')
const shareOf = (value: unknown): number | null => numberOf((value as { share?: unknown } | null | undefined)?.share)

/** Five classes of equally many values; the upper end of each. */
export function quintiles(values: readonly number[]): number[] {
  if (values.length === 0) return []
  const sorted = [...values].sort((a, b) => a - b)
  return steps.map((_, at) => sorted[Math.min(sorted.length - 1, Math.ceil(((at + 1) * sorted.length) / steps.length) - 1)] ?? 0)
}

/** The first step whose upper end a value does not pass. */
export function stepOf(value: number, breaks: readonly number[]): DrawnClass {
  const at = breaks.findIndex((end) => value <= end)
  return steps[at < 0 ? steps.length - 1 : at] ?? 'step4'
}

/** One feature before the steps are known. */
interface Read {
  key: string
  class?: DrawnClass
  value?: number | null
  label: string
  size?: number
  /** Of points and lines: how many, or how much of a share; the largest of the layer is drawn largest. */
  weight?: number
}

/** How the features of a statistic are read. `index` is the index of an appraisal that is shown. */
function reader(answer: Answer, words: LabelWords, index: IndexName): (properties: Record<string, unknown>, geometry: Geometry) => Read {
  const code = (p: Record<string, unknown>) => textOf(p['code'])
  switch (answer.statistic) {
    case 'hotspots':
      return (p) => ({ key: code(p), class: classOfSign[textOf(p['class'])] ?? 'none', label: words.number(numberOf(p['z']) ?? 0, 1), size: Math.abs(numberOf(p['z']) ?? 0) })
    case 'compare':
      return (p) => {
        const ratio = numberOf(p['ratio'])
        return { key: code(p), class: classOfSign[textOf(p['class'])] ?? 'none', label: ratio === null ? '' : `×${words.number(ratio, 2)}`, size: 1 - (numberOf(p['q']) ?? 1) }
      }
    case 'sources':
      return (p) => {
        const share = shareOf(p['share'])
        return { key: code(p), class: classOfSign[textOf(p['class'])] ?? 'none', label: share === null ? '' : words.percent(share), size: 1 - (numberOf(p['q']) ?? 1) }
      }
    case 'lemons':
      return (p) => {
        const n = numberOf(p['n']) ?? 0
        return { key: textOf(p['component']), class: 'place', label: String(n), weight: n }
      }
    case 'clock':
      return (p) => ({ key: code(p), value: numberOf(p['concentration']), label: words.weekdayHour(Number(p['peak_weekday']), Number(p['peak_hour'])) })
    case 'season':
      return (p) => ({ key: code(p), value: numberOf(p['peak_index']), label: words.month(Number(p['peak_month'])) })
    case 'rank':
      return (p) => {
        const outside = classOfSign[outsideClass(Number(p['outside']))]
        return { key: code(p), ...(outside === 'up' || outside === 'down' ? { class: outside } : {}), value: numberOf(p['adjusted']), label: words.percent(numberOf(p['adjusted']) ?? 0), size: 1 }
      }
    case 'appraisal':
      return (p) => {
        const share = shareOf(p[index])
        return { key: appraisedKey({ code: code(p), role: textOf(p['role']) }), value: share, label: share === null ? '' : words.percent(share) }
      }
    case 'campaign':
      return (p) => ({ key: textOf(p['part']), class: 'outline', label: '' })
    case 'friction':
      return (p) => {
        const share = shareOf(p['dispatched_again']) ?? 0
        return { key: borderKey({ a: textOf(p['a']), b: textOf(p['b']) }), class: 'line', label: words.percent(share), weight: share }
      }
    case 'repeats': {
      // A chain is a point, then a line where its cases lay apart.
      let at = -1
      return (p, geometry) => {
        const n = numberOf(p['n']) ?? 2
        if (geometry.type === 'Point') at++
        return { key: chainKey(at), class: geometry.type === 'Point' ? 'place' : 'line', label: String(n), weight: n }
      }
    }
  }
}

/** Makes a layer ready. */
export function drawnOf(answer: Answer, layer: StatFeatures, words: LabelWords, index: IndexName = 'on_time'): Drawn {
  const read = reader(answer, words, index)
  const all = layer.features.map((feature) => ({ feature, is: read(feature.properties, feature.geometry) }))
  const breaks = quintiles(all.flatMap(({ is }) => (is.class === undefined && is.value !== null && is.value !== undefined ? [is.value] : [])))
  const most = all.reduce((most, { is }) => Math.max(most, is.weight ?? 0), 0) || 1
  // A circle's area is its number.
  const sizeOf = ({ class: drawn, size = 0, weight }: Read) => (weight === undefined ? size : drawn === 'place' ? Math.sqrt(weight / most) : weight / most)
  const counts = new Map<DrawnClass, number>()
  const features = all.map(({ feature, is }): Feature<Geometry, DrawnFacts> => {
    const drawn = is.class ?? (is.value === null || is.value === undefined ? 'none' : stepOf(is.value, breaks))
    counts.set(drawn, (counts.get(drawn) ?? 0) + 1)
    return { type: 'Feature', geometry: feature.geometry, properties: { key: is.key, class: drawn, label: is.label, size: sizeOf(is) } }
  })
  const signed = features.filter(({ properties, geometry }) => properties.class !== 'none' && (geometry.type === 'Polygon' || geometry.type === 'MultiPolygon') && properties.class !== 'outline')
  return {
    features: { type: 'FeatureCollection', features },
    signs: { type: 'FeatureCollection', features: signed.flatMap(({ geometry, properties }) => signAt(geometry, properties)) },
    breaks,
    counts,
  }
}

function signAt(geometry: Geometry, properties: DrawnFacts): Feature<Point, DrawnFacts>[] {
  const ring = largestRing(geometry)
  return ring ? [{ type: 'Feature', geometry: { type: 'Point', coordinates: roomiestPoint(ring).at }, properties }] : []
}

function largestRing(geometry: Geometry): Position[] | null {
  const rings = geometry.type === 'Polygon' ? geometry.coordinates.slice(0, 1) : geometry.type === 'MultiPolygon' ? geometry.coordinates.flatMap((rings) => rings.slice(0, 1)) : []
  return rings.reduce<Position[] | null>((best, ring) => (best && ringArea(best) >= ringArea(ring) ? best : ring), null)
}

/** The features of a row, and one geometry that holds them all to go to. */
export function featuresOf(drawn: Drawn, key: string): Feature<Geometry, DrawnFacts>[] {
  return drawn.features.features.filter(({ properties }) => properties.key === key)
}
