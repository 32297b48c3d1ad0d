import { describe, expect, it } from 'vitest'
import { lamps as lampNames } from '../src/cases/lamp'
import { lampPath } from '../src/map/lamps'
import { dark, light, majorLooks, shapes, textOn } from '../src/map/palette'
import { sumOpacity } from '../src/map/sums'

type RGB = [number, number, number]

const linear = (hex: string): RGB => {
  const channel = (at: number) => {
    const value = parseInt(hex.slice(at, at + 2), 16) / 255
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
  }
  return [channel(1), channel(3), channel(5)]
}

const mix = (rows: RGB[], [r, g, b]: RGB): RGB =>
  rows.map(([x, y, z]) => Math.min(1, Math.max(0, x * r + y * g + z * b))) as RGB

/** How linear RGB looks without red or green cones (Machado, Oliveira and Fernandes 2009, severity 1). */
const eyes: Record<string, (colour: RGB) => RGB> = {
  common: (colour) => colour,
  protan: (colour) => mix([[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]], colour),
  deutan: (colour) => mix([[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]], colour),
}

/** CIE Lab from linear sRGB, white D65. */
function lab([r, g, b]: RGB): RGB {
  const f = (t: number) => (t > 216 / 24389 ? Math.cbrt(t) : (24389 / 27 / 116) * t + 16 / 116)
  const x = f((0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.9505)
  const y = f(0.2126 * r + 0.7152 * g + 0.0722 * b)
  const z = f((0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.089)
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)]
}

const difference = (a: RGB, b: RGB) => Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2])
const luminance = ([r, g, b]: RGB) => 0.2126 * r + 0.7152 * g + 0.0722 * b
function contrast(a: string, b: string): number {
  const [one, two] = [luminance(linear(a)), luminance(linear(b))]
  return (Math.max(one, two) + 0.05) / (Math.min(one, two) + 0.05)
}

/** A colour drawn over another with some opacity. */
function over(colour: string, ground: string, opacity: number): string {
  const mixed = [1, 3, 5].map((at) => {
    const [a, b] = [parseInt(colour.slice(at, at + 2), 16), parseInt(ground.slice(at, at + 2), 16)]
    return Math.round(a * opacity + b * (1 - opacity)).toString(16).padStart(2, '0')
  })
  return `#${mixed.join('')}`
}

describe.each([['light', light, '#ffffff'], ['dark', dark, '#171d24']] as const)('the %s palette', (_, palette, panel) => {
  it('has majors that stand out from the panel and the land (WCAG 1.4.11: 3:1)', () => {
    for (const colour of palette.majors) {
      expect(contrast(colour, panel), colour).toBeGreaterThanOrEqual(2.9)
      expect(contrast(colour, palette.land), colour).toBeGreaterThanOrEqual(2.6)
    }
  })

  // 15 is about six just noticeable differences; the shapes carry the rest.
  it.each(Object.keys(eyes))('keeps the first seven majors apart for %s eyes', (kind) => {
    const seen = palette.majors.slice(0, 7).map((colour) => lab(eyes[kind]!(linear(colour))))
    seen.forEach((a, i) =>
      seen.slice(0, i).forEach((b, j) => {
        expect(difference(a, b), `${palette.majors[i]} and ${palette.majors[j]}`).toBeGreaterThan(15)
      }),
    )
  })

  it('has lamps, rings and borders that stand out from the land and the panel (3:1)', () => {
    // Yellow cannot on white: it has a dark edge in the list and a dark sign in its pin.
    const lamps = lampNames.filter((lamp) => lamp !== 'yellow' || palette === dark).map((lamp) => palette.lamp[lamp])
    for (const colour of [...lamps, palette.fresh, palette.caseSums, ...Object.values(palette.duty)]) {
      expect(contrast(colour, panel), colour).toBeGreaterThanOrEqual(3)
      expect(contrast(colour, palette.land), colour).toBeGreaterThanOrEqual(3)
    }
  })

  it('has signs that can be read in their pins, and numbers in their circles (4.5:1)', () => {
    for (const colour of [...Object.values(palette.lamp), palette.caseSums]) expect(contrast(textOn(colour), colour), colour).toBeGreaterThanOrEqual(4.5)
  })

  it.each(Object.keys(eyes))('keeps the lamps apart for %s eyes', (kind) => {
    const seen = lampNames.map((lamp) => lab(eyes[kind]!(linear(palette.lamp[lamp]))))
    seen.forEach((a, i) => seen.slice(0, i).forEach((b, j) => expect(difference(a, b), `${lampNames[i]} and ${lampNames[j]}`).toBeGreaterThan(15)))
  })

  it('has numbers that can be read on circles (4.5:1 on their halo, which is the full colour)', () => {
    for (const colour of [palette.sums, ...palette.majors]) {
      expect(contrast(textOn(colour), colour), colour).toBeGreaterThanOrEqual(4.5)
      expect(contrast(textOn(colour), over(colour, palette.land, sumOpacity)), colour).toBeGreaterThanOrEqual(3.8)
    }
  })

  it('has names that can be read on the land (4.5:1)', () => {
    for (const colour of [palette.text, palette.quietText, palette.roadText, palette.community, palette.street, palette.district]) {
      expect(contrast(colour, palette.halo), colour).toBeGreaterThanOrEqual(4.5)
    }
  })
})

describe('looks of majors', () => {
  it('follow the order of the codes, whatever the order given', () => {
    expect(majorLooks(['21', '01', '02', '01'], light).map(({ major, shape }) => [major, shape])).toEqual([
      ['01', 'circle'], ['02', 'square'], ['21', 'triangle'],
    ])
  })

  it('never run out', () => {
    const many = Array.from({ length: 30 }, (_, i) => String(i).padStart(2, '0'))
    for (const { colour, shape } of majorLooks(many, dark)) {
      expect(colour).toMatch(/^#/)
      expect(shapes).toContain(shape)
    }
  })
})

describe('lamps', () => {
  it('have a shape each', () => {
    expect(new Set(lampNames.map((lamp) => lampPath[lamp])).size).toBe(lampNames.length)
  })
})
