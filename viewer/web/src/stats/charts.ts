// Where things stand in a chart: scales and marks, apart from how they are drawn.

/** A scale from values to pixels. */
export interface Scale {
  (value: number): number
  ticks: readonly number[]
}

/** Round numbers from `least` to `most`, about `wanted` of them. */
export function roundTicks(least: number, most: number, wanted: number): number[] {
  const span = most - least
  if (!(span > 0) || !(wanted > 0)) return [least]
  const rough = span / wanted
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = ([1, 2, 5, 10].find((times) => times * power >= rough) ?? 10) * power
  const ticks: number[] = []
  for (let at = Math.ceil(least / step - 1e-9); at * step <= most + 1e-9 * span; at++) ticks.push(Number((at * step).toPrecision(12)))
  return ticks
}

export function linear(least: number, most: number, fromPx: number, toPx: number, wanted = 4): Scale {
  const place = (value: number) => (most > least ? fromPx + ((value - least) / (most - least)) * (toPx - fromPx) : (fromPx + toPx) / 2)
  return Object.assign(place, { ticks: roundTicks(least, most, wanted) })
}

/** 1, 2 and 5 times powers of ten as marks, only the powers over many; values below 1 stand at 1. */
export function logarithmic(least: number, most: number, fromPx: number, toPx: number): Scale {
  const low = Math.log10(Math.max(1, least))
  const high = Math.max(low + 0.01, Math.log10(Math.max(1, most)))
  const place = (value: number) => fromPx + ((Math.log10(Math.max(1, value)) - low) / (high - low)) * (toPx - fromPx)
  const times = high - low > 3 ? [1] : [1, 2, 5]
  const ticks: number[] = []
  for (let power = Math.floor(low); power <= high + 1e-9; power++) {
    for (const one of times) {
      const at = Math.log10(one) + power
      if (at >= low - 1e-9 && at <= high + 1e-9) ticks.push(one * 10 ** power)
    }
  }
  return Object.assign(place, { ticks })
}

/** A line through points, as the path of an SVG; a hundredth of a pixel is enough. */
export function pathThrough(points: readonly (readonly [x: number, y: number])[]): string {
  return points.map(([x, y], at) => `${at === 0 ? 'M' : 'L'}${Math.round(x * 100) / 100} ${Math.round(y * 100) / 100}`).join('')
}
