// What of heat can be kept as a file, and the words that ask the server for it: those of
// what is shown, so that the file has the numbers of the screen.
import type { AreaLevel, Legend, Words } from '../api/heat'
import { query } from '../api/server'
import type { Lang } from '../i18n/messages'
import { allWords, filterWords, type Question } from './question'
import { turnedOf, type Shading } from './shades'

/** The ends of the names of files of a lattice, and of areas. */
export const latticeFiles = ['tif', 'csv', 'geojson', 'png'] as const
export const areaFiles = ['csv', 'geojson'] as const
export type FileKind = (typeof latticeFiles)[number]

/** Pixels: a screen, a slide, a sheet of A4 at 300 to the inch. */
export const sheets = {
  screen: [1600, 1200], slide: [1920, 1080], a4_wide: [3508, 2480], a4_tall: [2480, 3508],
} as const
export type SheetName = keyof typeof sheets

/** How a file is wanted. */
export interface FileLook {
  /** A mark in front by which Excel takes the table for UTF-8. */
  bom: boolean
  title: string
  sheet: SheetName
  /** Only what the map shows; of a file of numbers all is kept. */
  view: boolean
  lang: Lang
}

/** West, south, east, north, in degrees. */
export type Box = readonly [number, number, number, number]

/** What the server draws at most, in degrees. */
const mostDegrees = 3

/** A box as the server reads it; '' where it is too wide to be of use, as the whole city is then shown. */
export function boxWord([west, south, east, north]: Box): string {
  if (east - west > mostDegrees || north - south > mostDegrees) return ''
  return [west, south, east, north].map((part) => part.toFixed(6)).join(',')
}

/** The address of a file of the numbers that a legend is of. */
export function latticeFile(kind: FileKind, question: Question, legend: Legend, look: Shading, file: FileLook, view: Box | null, dark: boolean): string {
  const words = allWords(question)
  // Found anew it might be another, once more cases are in.
  if (question.bandwidthM === 0) words['bandwidth_m'] = String(legend.bandwidth_m)
  if (kind === 'png' || kind === 'geojson') {
    const diverging = legend.min < 0
    words['scale'] = diverging ? 'linear' : look.scale
    words['classes'] = String(diverging && look.classes % 2 === 0 ? look.classes + 1 : look.classes)
    if (kind === 'png' && !diverging) words['style'] = look.palette + (turnedOf(legend, look, dark) ? '-reversed' : '')
  }
  if (kind === 'csv' && file.bom) words['bom'] = 'true'
  if (kind === 'png') {
    const [width, height] = sheets[file.sheet]
    Object.assign(words, { width: String(width), height: String(height), lang: file.lang })
    const title = file.title.trim()
    if (title) words['title'] = title
    const box = file.view && view ? boxWord(view) : ''
    if (box) words['bbox'] = box
  }
  return path(kind, words)
}

/** The address of a file of areas. */
export function areaFile(kind: (typeof areaFiles)[number], by: AreaLevel, question: Question, file: FileLook): string {
  return path(kind, { by, ...filterWords(question), ...(kind === 'csv' && file.bom && { bom: 'true' }) })
}

/** The name of a file of areas: the server's does not tell the period. */
export function areaFileName(kind: FileKind, by: AreaLevel, { period }: Legend): string {
  const day = (text: string) => text.slice(0, 10).replaceAll('-', '')
  return `heat-${by}-${day(period.from)}-${day(period.to)}.${kind}`
}

const path = (kind: FileKind, words: Words): string => {
  const text = query(words)
  return `heat/export.${kind}${text ? `?${text}` : ''}`
}
