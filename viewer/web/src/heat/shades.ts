// From numbers to colours: classes and their breaks, and the expression that has the
// map paint value tiles with them. A change of any of it costs no request.
import type { ExpressionSpecification } from 'maplibre-gl'
import type { Domain, Legend, Scale } from '../api/heat'
import { colourAt, cssColour, type PaletteName, type Sequential } from './palettes'

export const leastClasses = 2
export const mostClasses = 9
/** Value tiles tell so many numbers apart. */
export const levelCount = 4096

/** How numbers are shown. */
export interface Shading {
  palette: Sequential
  /** High numbers dark: they stand out on a light map. null: as the theme needs it. */
  reverse: boolean | null
  scale: Scale
  classes: number
  smooth: boolean
  /** Numbers that so many percent of the ground do not exceed are clear. */
  threshold: number
  /** Percent. */
  opacity: number
}

export const usual: Shading = { palette: 'inferno', reverse: null, scale: 'jenks', classes: 7, smooth: false, threshold: 0, opacity: 75 }

export interface HeatClass {
  from: number
  to: number
  colour: string
}

/** How the numbers of a legend are cut and coloured. */
export interface Shades {
  classes: HeatClass[]
  /** Numbers nearer to 0 than this are clear. */
  threshold: number
  /** The map's color-relief-color. */
  expression: ExpressionSpecification
}

const clear = 'rgba(0,0,0,0)'

/** What a level of a tile stands for. */
export const numberOf = (legend: Pick<Legend, 'quantum' | 'decode'>, level: number): number => level * legend.quantum - legend.decode.shift

/** The first level whose number is not below v. */
export function levelOf(legend: Pick<Legend, 'quantum' | 'decode'>, v: number): number {
  let level = Math.ceil((v + legend.decode.shift) / legend.quantum)
  while (level > 0 && numberOf(legend, level - 1) >= v) level--
  while (numberOf(legend, level) < v) level++
  return level
}

/** The breaks of a scale, as the server has them. */
export function breaksOf(domain: Domain, scale: Scale, classes: number): readonly number[] {
  const all = domain.breaks[scale] ?? []
  return all[Math.min(classes, all.length + 1) - leastClasses] ?? []
}

/** Differences are cut evenly around 0, so that a colour says which way. */
function evenBreaks(reach: number, classes: number): number[] {
  const n = classes % 2 === 1 ? classes : classes + 1
  return Array.from({ length: n - 1 }, (_, i) => reach * ((2 * (i + 1)) / n - 1))
}

/** What `percent` of the ground does not exceed; by distance from 0 where numbers may be negative. */
export function percentile(domain: Domain, percent: number): number {
  const { percentiles } = domain
  if (percentiles.length === 0 || percent <= 0) return 0
  const at = (values: readonly number[]) => {
    const place = (Math.min(percent, 100) / 100) * (values.length - 1)
    const [low, high] = [values[Math.floor(place)] ?? 0, values[Math.ceil(place)] ?? 0]
    return low + (high - low) * (place - Math.floor(place))
  }
  if ((percentiles[0] ?? 0) >= 0) return at(percentiles)
  return at(percentiles.map(Math.abs).sort((a, b) => a - b))
}

/** The share of the ground with numbers from a to b. */
export function groundShare(domain: Domain, from: number, to: number): number {
  return Math.max(0, shareBelow(domain, to) - shareBelow(domain, from))
}

function shareBelow({ percentiles }: Domain, v: number): number {
  const last = percentiles.length - 1
  if (last < 1 || v <= (percentiles[0] ?? 0)) return 0
  const above = percentiles.findIndex((one) => one >= v)
  if (above < 0) return 1
  const [low, high] = [percentiles[above - 1] ?? 0, percentiles[above] ?? 0]
  return (above - 1 + (high > low ? (v - low) / (high - low) : 1)) / last
}

/** Whether much is dark: so it is on light ground, unless it is chosen; differences have a middle. */
export const turnedOf = (legend: Legend, look: Shading, dark: boolean): boolean => legend.min >= 0 && (look.reverse ?? !dark)

/** Cuts and colours the numbers of a legend. */
export function shade(legend: Legend, domain: Domain, look: Shading, dark: boolean): Shades {
  const diverging = legend.min < 0
  const palette: PaletteName = diverging ? 'blue-red' : look.palette
  const turned = turnedOf(legend, look, dark)
  const colour = (t: number) => cssColour(colourAt(palette, turned ? 1 - t : t))
  const reach = Math.max(-legend.min, legend.max)
  const breaks = (diverging ? evenBreaks(reach, look.classes) : breaksOf(domain, look.scale, look.classes)).filter(
    (value) => value > legend.min && value < legend.max,
  )
  const edges = [legend.min, ...breaks, legend.max]
  const place = diverging
    ? (index: number) => ((((edges[index] ?? 0) + (edges[index + 1] ?? 0)) / 2 + reach) / (2 * reach))
    : (index: number) => (breaks.length === 0 ? 0.5 : index / breaks.length)
  const classes = edges.slice(0, -1).map((from, index): HeatClass => ({ from, to: edges[index + 1] ?? from, colour: colour(place(index)) }))
  const threshold = percentile(domain, look.threshold)
  const ramp = look.smooth ? smoothStops(legend, edges, diverging, reach, colour) : classStops(legend, classes)
  return { classes, threshold, expression: expressionOf(cut(legend, ramp, threshold)) }
}

interface Stop {
  level: number
  colour: string
}

/** Two stops at a break: nothing lies between two levels. */
function classStops(legend: Legend, classes: readonly HeatClass[]): Stop[] {
  const stops: Stop[] = []
  classes.forEach(({ from, colour }, index) => {
    const level = index === 0 ? 0 : levelOf(legend, from)
    const before = stops.at(-1)
    if (before && level - 1 > before.level) stops.push({ level: level - 1, colour: before.colour })
    if (before && level <= before.level) stops.pop() // a class narrower than a level
    stops.push({ level, colour })
  })
  const last = stops.at(-1)
  if (last && last.level < levelCount - 1) stops.push({ level: levelCount - 1, colour: last.colour })
  return stops
}

const piecesPerClass = 4

/** Colours that pass into one another, evenly from break to break. */
function smoothStops(legend: Legend, edges: readonly number[], diverging: boolean, reach: number, colour: (t: number) => string): Stop[] {
  const stops: Stop[] = []
  const spans = edges.length - 1
  for (let i = 0; i < spans; i++) {
    const [from, to] = [edges[i] ?? 0, edges[i + 1] ?? 0]
    for (let part = 0; part <= (i === spans - 1 ? piecesPerClass : piecesPerClass - 1); part++) {
      const v = from + ((to - from) * part) / piecesPerClass
      const t = diverging ? (v + reach) / (2 * reach) : (i + part / piecesPerClass) / spans
      const level = levelOf(legend, v)
      if (level > (stops.at(-1)?.level ?? -1)) stops.push({ level, colour: colour(t) })
    }
  }
  return stops
}

/** The colour between stops. */
function colourOn(stops: readonly Stop[], level: number): string {
  const after = stops.findIndex((stop) => stop.level >= level)
  if (after <= 0) return (after === 0 ? stops[0] : stops.at(-1))?.colour ?? clear
  const [a, b] = [stops[after - 1], stops[after]]
  if (!a || !b) return clear
  const t = (level - a.level) / (b.level - a.level)
  const parts = [1, 3, 5].map((at) => {
    const [x, y] = [parseInt(a.colour.slice(at, at + 2), 16), parseInt(b.colour.slice(at, at + 2), 16)]
    return Math.round(x + (y - x) * t)
  })
  return cssColour(parts as unknown as readonly [number, number, number])
}

/** Takes out what is nearer to 0 than the threshold, and 0 itself. */
function cut(legend: Legend, stops: readonly Stop[], threshold: number): Stop[] {
  const zero = Math.round(legend.decode.shift / legend.quantum)
  // Negative numbers are clear from −threshold exclusive.
  let low = zero
  while (low > 0 && numberOf(legend, low - 1) > -threshold) low--
  const high = Math.max(zero + 1, levelOf(legend, threshold))
  const out: Stop[] = []
  if (low > 0) {
    out.push(...stops.filter(({ level }) => level < low - 1), { level: low - 1, colour: colourOn(stops, low - 1) })
  }
  out.push({ level: low, colour: clear })
  if (high - 1 > low) out.push({ level: high - 1, colour: clear })
  if (high <= levelCount - 1) out.push({ level: high, colour: colourOn(stops, high) }, ...stops.filter(({ level }) => level > high))
  return out.map(({ level, colour }) => ({ level, colour }))
    .filter((stop, index, all) => index === 0 || stop.level > (all[index - 1]?.level ?? -1))
    .map((stop) => ({ ...stop, level: numberOf(legend, stop.level) }))
}

function expressionOf(stops: readonly Stop[]): ExpressionSpecification {
  return ['interpolate', ['linear'], ['elevation'], ...stops.flatMap(({ level, colour }) => [level, colour])] as unknown as ExpressionSpecification
}

const shadingWords = ['palette', 'reverse', 'scale', 'classes', 'smooth', 'threshold', 'opacity'] as const

/** What differs from the usual, as items of a link. */
export function shadingItems(look: Shading): string[] {
  return shadingWords.filter((word) => look[word] !== usual[word]).map((word) => `${word}:${String(look[word])}`)
}

export function readShading(items: readonly string[], scales: readonly Scale[], palettes: readonly Sequential[]): Shading {
  const said = new Map(items.map((item) => [item.slice(0, item.indexOf(':')), item.slice(item.indexOf(':') + 1)]))
  const whole = (word: string, least: number, most: number, otherwise: number) => {
    const text = said.get(word) ?? ''
    const value = /^\d{1,3}$/.test(text) ? Number(text) : otherwise
    return value >= least && value <= most ? value : otherwise
  }
  const truth = (word: string): boolean | null => (said.get(word) === 'true' ? true : said.get(word) === 'false' ? false : null)
  return {
    palette: palettes.find((known) => known === said.get('palette')) ?? usual.palette,
    reverse: truth('reverse'),
    scale: scales.find((known) => known === said.get('scale')) ?? usual.scale,
    classes: whole('classes', leastClasses, mostClasses, usual.classes),
    smooth: truth('smooth') ?? usual.smooth,
    threshold: whole('threshold', 0, 100, usual.threshold),
    opacity: whole('opacity', 0, 100, usual.opacity),
  }
}
