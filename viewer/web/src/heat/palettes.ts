// The server's palettes: a colour here is the colour in its coloured tiles. Sources and
// licences are with them, in tiler/heat/palette.go.

export const palettes = {
  viridis: ['#440154', '#482878', '#3e4989', '#31688e', '#26828e', '#1f9e89', '#35b779', '#6ece58', '#b5de2b', '#fde725'],
  cividis: ['#00224e', '#123570', '#3b496c', '#575d6d', '#707173', '#8a8678', '#a59c74', '#c3b369', '#e1cc55', '#fee838'],
  inferno: ['#000004', '#1b0c41', '#4a0c6b', '#781c6d', '#a52c60', '#cf4446', '#ed6925', '#fb9b06', '#f7d13d', '#fcffa4'],
  'blue-red': ['#053061', '#2166ac', '#4393c3', '#92c5de', '#d1e5f0', '#f7f7f7', '#fddbc7', '#f4a582', '#d6604d', '#b2182b', '#67001f'],
} as const satisfies Record<string, readonly string[]>

export type PaletteName = keyof typeof palettes
/** For numbers that are all positive. */
export const sequential = ['viridis', 'cividis', 'inferno'] as const satisfies readonly PaletteName[]
export type Sequential = (typeof sequential)[number]

export type RGB = readonly [number, number, number]

const channels = (hex: string): RGB => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16)) as unknown as RGB

/** Pictures have as many colours between the ends. */
const steps = 254

/** The colour at t, 0 to 1, as the server's pictures have it. */
export function colourAt(name: PaletteName, t: number): RGB {
  const stops: readonly string[] = palettes[name]
  const place = (Math.floor(Math.min(1, Math.max(0, t)) * steps + 0.5) / steps) * (stops.length - 1)
  const index = Math.min(Math.floor(place), stops.length - 2)
  const [a, b] = [channels(stops[index] ?? ''), channels(stops[index + 1] ?? '')]
  const mix = (i: 0 | 1 | 2) => Math.floor(a[i] + (b[i] - a[i]) * (place - index) + 0.5)
  return [mix(0), mix(1), mix(2)]
}

export const cssColour = ([r, g, b]: RGB): string => `#${[r, g, b].map((part) => part.toString(16).padStart(2, '0')).join('')}`
