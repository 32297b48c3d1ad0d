// Colours and signs of statistics on the map, in the legend and in the tables.
// More and fewer have a sign, a pattern and an outline of their own, so that the
// colour says nothing alone.
import type { DrawnClass } from '../stats/layer'
import type { Shape } from './palette'

export interface StatColours {
  /** More than chance explains, fewer than that. */
  up: string
  down: string
  line: string
  /** From the least to the most, by lightness alone readable. */
  steps: readonly [string, string, string, string, string]
}

export const statColours = (dark: boolean): StatColours =>
  dark
    ? { up: '#ff8a7a', down: '#7db7ff', line: '#d9c8ff', steps: ['#2b3f66', '#4f5d78', '#7f8083', '#b8ab73', '#fee76a'] }
    : { up: '#b3152a', down: '#1a5a9e', line: '#5b2a86', steps: ['#f3e9ae', '#cbbf78', '#94907f', '#56627c', '#16294f'] }

/** A triangle that points up, or down. */
export const signShape = { up: 'triangle', down: 'drop' } as const satisfies Record<string, Shape>

export function colourOf(drawn: DrawnClass, colours: StatColours): string {
  switch (drawn) {
    case 'up':
    case 'down':
      return colours[drawn]
    case 'place':
    case 'line':
    case 'outline':
    case 'none':
      return colours.line
    default:
      return colours.steps[Number(drawn.slice(-1))] ?? colours.line
  }
}

/** Dashes of the outline of what is fewer; none for more. */
export const downDash: readonly [number, number] = [2.5, 1.5]

/** A square of a pattern in 8 by 8: a stroke for more, a dot for fewer. */
export const patternPath = { up: 'M-1 9l10-10M-1 1l2-2M7 9l2-2', down: 'M4 2.6a1.4 1.4 0 1 1 0 2.8a1.4 1.4 0 1 1 0-2.8z' } as const
