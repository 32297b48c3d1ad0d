// Colours of the map, by theme. Component majors and zones use sets that stay
// apart for protan and deutan eyes; the tests measure that. Majors also have a
// shape each, so colour never carries the meaning alone.

import type { Lamp } from '../api/cases'
import type { DutyLayer } from '../api/duty'

export interface Palette {
  land: string
  water: string
  waterEdge: string
  green: string
  building: string
  buildingEdge: string
  road: string
  roadEdge: string
  sidewalk: string
  roadText: string
  text: string
  quietText: string
  halo: string
  cellLine: string
  cellHover: string
  zoneLine: string
  /** Opacity of a zone's area from afar; half of it from near by. */
  zoneFill: number
  district: string
  street: string
  community: string
  selection: string
  selectionHalo: string
  symbolEdge: string
  address: string
  /** Circles for components of several majors. */
  sums: string
  /** What is wrong with the data, by severity. */
  fault: { error: string; warning: string; note: string }
  /** How a case stands by its time. */
  lamp: Record<Lamp, string>
  /** Circles for several cases. */
  caseSums: string
  /** Rings around cases that have just come in. */
  fresh: string
  /** The layers of the responsibility map. */
  duty: Record<DutyLayer, string>
  majors: readonly string[]
  zones: readonly string[]
}

export const light: Palette = {
  land: '#f5f4f0',
  water: '#bcd9ea',
  waterEdge: '#9cc4db',
  green: '#d5e8cb',
  building: '#e4e0d8',
  buildingEdge: '#cfc9be',
  road: '#ffffff',
  roadEdge: '#d3d1cb',
  sidewalk: '#eae8e3',
  roadText: '#5a5d63',
  text: '#18222e',
  quietText: '#4a5563',
  halo: '#fbfaf8',
  cellLine: '#69758a',
  cellHover: '#0b5c8f',
  zoneLine: '#2f3b4a',
  zoneFill: 0.34,
  district: '#5b2a86',
  street: '#7a4a12',
  community: '#3f5f2c',
  selection: '#c2185b',
  selectionHalo: '#ffffff',
  symbolEdge: '#ffffff',
  address: '#6b4f1d',
  sums: '#1c5a80',
  fault: { error: '#b3152a', warning: '#8a5200', note: '#0b5c8f' },
  lamp: { red: '#b81428', yellow: '#f2b10c', green: '#00795c', grey: '#75818f' },
  caseSums: '#3a2a5c',
  fresh: '#0057d9',
  duty: { nobody: '#a0123c', overlaps: '#7a3fb5', 'off-duty': '#8a5200', returns: '#0b5c8f' },
  majors: ['#177ce6', '#cf8205', '#46a46f', '#530a72', '#67415d', '#7c4100', '#139fc4', '#381300'],
  zones: ['#4477aa', '#ccbb44', '#aa3377', '#228833', '#ee7733', '#33bbee'],
}

export const dark: Palette = {
  land: '#12171d',
  water: '#17364a',
  waterEdge: '#20465e',
  green: '#1d4030',
  building: '#2b343e',
  buildingEdge: '#3a4551',
  road: '#3b4653',
  roadEdge: '#1b222a',
  sidewalk: '#252d36',
  roadText: '#aab4c0',
  text: '#eef3f8',
  quietText: '#b7c2cf',
  halo: '#0d1116',
  cellLine: '#7d8ca0',
  cellHover: '#6cc3f5',
  zoneLine: '#dfe7f0',
  zoneFill: 0.2,
  district: '#c9a2f2',
  street: '#dcb27c',
  community: '#a4cf8c',
  selection: '#ff5c9a',
  selectionHalo: '#0d1116',
  symbolEdge: '#0d1116',
  address: '#d9bd85',
  sums: '#8ecbf0',
  fault: { error: '#ff8088', warning: '#f5b942', note: '#7cc4f2' },
  lamp: { red: '#ff7079', yellow: '#ffd23f', green: '#46c79c', grey: '#a5b1be' },
  caseSums: '#d9c8ff',
  fresh: '#6fb4ff',
  duty: { nobody: '#ff7d9c', overlaps: '#c79bff', 'off-duty': '#f5b942', returns: '#7cc4f2' },
  majors: ['#4b88ff', '#ed6930', '#88ffa6', '#cf499b', '#bffff9', '#f2e726', '#4ecbff', '#c75d5e'],
  zones: ['#6699cc', '#ddcc55', '#cc6699', '#55aa66', '#ee8855', '#55ccee'],
}

export const paletteOf = (isDark: boolean): Palette => (isDark ? dark : light)

/** White or black: what is read better on a colour, "#rrggbb" (WCAG 2 contrast; 4.5:1 at the least). */
export function textOn(colour: string): string {
  const channel = (at: number) => {
    const value = parseInt(colour.slice(at, at + 2), 16) / 255
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
  }
  const luminance = 0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5)
  // Both stand out alike where (1 + 0.05) / (L + 0.05) = (L + 0.05) / 0.05.
  return luminance > 0.179 ? '#000000' : '#ffffff'
}

/** Shapes of the component majors, in the order of the colours. */
export const shapes = [
  'circle', 'square', 'triangle', 'diamond', 'plus', 'hexagon', 'drop', 'star',
] as const
export type Shape = (typeof shapes)[number]

export interface MajorLook {
  major: string
  colour: string
  shape: Shape
}

/** A colour and a shape for each major, by the order of their codes. */
export function majorLooks(majors: readonly string[], palette: Palette): MajorLook[] {
  return [...new Set(majors)].sort().map((major, index) => ({
    major,
    colour: palette.majors[index % palette.majors.length] ?? palette.text,
    shape: shapes[index % shapes.length] ?? 'circle',
  }))
}
