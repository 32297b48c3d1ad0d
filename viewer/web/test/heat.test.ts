import { describe, expect, it } from 'vitest'
import { scales, type Domain, type Legend } from '../src/api/heat'
import { addMonths, barEdges, barOf, daysBetween, edgeAt, moved, movedTo, presetPeriod, yearBefore } from '../src/heat/days'
import { colourAt, cssColour, palettes, sequential, type PaletteName } from '../src/heat/palettes'
import { areaFile, areaFileName, latticeFile, type FileLook } from '../src/heat/files'
import { decoded, isFull, middleOf, pixelAt, tilesIn, tileZoom } from '../src/heat/pixels'
import { allWords, choices, everything, filterWords, ofKind, questionItems, readQuestion, toggled, type Question } from '../src/heat/question'
import { breaksOf, groundShare, levelOf, numberOf, percentile, readShading, shade, shadingItems, usual, type Shading } from '../src/heat/shades'
import { formatChange, formatNumber, formatP, formatPeriod, formatSigned } from '../src/heat/words'
import { formatLink, parseLink, emptyLink } from '../src/state/url'
import { seeded } from './seeded'

const seed = 20261123

function legendOf(min: number, max: number): Legend {
  const quantum = (max - min) / (min < 0 ? 4094 : 4095)
  const shift = min < 0 ? quantum * Math.ceil(-min / quantum) : 0
  return {
    mode: min < 0 ? 'difference' : 'density', units: 'cases/km²', per_30_days: 0.5, n: 10, excluded_n: 0,
    period: { from: '2025-01-01T00:00:00+08:00', to: '2025-03-02T00:00:00+08:00', days: 60 },
    bandwidth_m: 150, radius_m: 600, kernel: 'gaussian', edge: 'uniform', lattice_m: 18.75, min, max,
    decode: { r: 65536 * quantum, g: 256 * quantum, b: quantum, shift }, quantum, method: { zh: '法', en: 'method' }, quality: 'full',
  }
}

function domainOf(random: () => number, legend: Legend): Domain {
  const values = Array.from({ length: 101 }, () => legend.min + (legend.max - legend.min) * random() ** 2).sort((a, b) => a - b)
  const even = (n: number) => Array.from({ length: n - 1 }, (_, i) => legend.min + ((legend.max - legend.min) * (i + 1)) / n)
  const all = [2, 3, 4, 5, 6, 7, 8, 9].map(even)
  return { percentiles: values, breaks: { linear: all, log: all, quantile: all, jenks: all, head_tail: all } }
}

/** What MapLibre paints at a number: the stops of an interpolate expression, linear between. */
function painted(expression: readonly unknown[], v: number): [number, number, number, number] {
  const stops: { at: number; rgba: [number, number, number, number] }[] = []
  for (let i = 3; i < expression.length; i += 2) {
    const colour = String(expression[i + 1])
    const rgba: [number, number, number, number] = colour.startsWith('#')
      ? [parseInt(colour.slice(1, 3), 16), parseInt(colour.slice(3, 5), 16), parseInt(colour.slice(5, 7), 16), 1]
      : [0, 0, 0, 0]
    stops.push({ at: Number(expression[i]), rgba })
  }
  const after = stops.findIndex(({ at }) => at >= v)
  if (after <= 0) return (after === 0 ? stops[0] : stops.at(-1))?.rgba ?? [0, 0, 0, 0]
  const [a, b] = [stops[after - 1], stops[after]]
  if (!a || !b) return [0, 0, 0, 0]
  const t = (v - a.at) / (b.at - a.at)
  return a.rgba.map((part, i) => part + ((b.rgba[i] ?? 0) - part) * t) as [number, number, number, number]
}

describe('shades', () => {
  const looks = (random: () => number): Shading => ({
    ...usual,
    palette: sequential[Math.floor(random() * 3)] ?? 'viridis',
    scale: scales[Math.floor(random() * 5)] ?? 'linear',
    classes: 2 + Math.floor(random() * 8),
    reverse: random() < 0.5,
    threshold: random() < 0.5 ? 0 : Math.floor(random() * 100),
  })

  it('paint every number of a tile in the colour of its class, and what is below the threshold not at all', () => {
    const random = seeded(seed)
    for (let round = 0; round < 60; round++) {
      const legend = legendOf(round % 3 === 0 ? -50 * random() - 1 : 0, 1 + 900 * random())
      const domain = domainOf(random, legend)
      const look = looks(random)
      const { classes, threshold, expression } = shade(legend, domain, look, false)
      for (let i = 0; i < 300; i++) {
        const level = Math.floor(random() * 4096)
        const v = numberOf(legend, level)
        const [r, g, b, alpha] = painted(expression as unknown[], v)
        const clear = Math.abs(v) < threshold || Math.abs(v) < legend.quantum / 2
        expect(alpha, `seed ${seed} round ${round}: ${v} under threshold ${threshold}`).toBe(clear ? 0 : 1)
        if (clear) continue
        const want = classes.findLast(({ from }) => v >= from) ?? classes[0]
        expect(cssColour([Math.round(r), Math.round(g), Math.round(b)]), `seed ${seed} round ${round}: ${v}`).toBe(want?.colour)
      }
    }
  })

  it('have stops that ascend, as the map demands', () => {
    const random = seeded(seed + 1)
    for (let round = 0; round < 300; round++) {
      const legend = legendOf(round % 2 === 0 ? -40 * random() : 0, 0.001 + 1000 * random() ** 8)
      const { expression } = shade(legend, domainOf(random, legend), { ...looks(random), smooth: random() < 0.5 }, random() < 0.5)
      const at = (expression as unknown[]).slice(3).filter((_, i) => i % 2 === 0).map(Number)
      for (let i = 1; i < at.length; i++) expect(at[i], `seed ${seed} round ${round}`).toBeGreaterThan(at[i - 1] ?? Infinity)
    }
  })

  it('pass smoothly from the first colour to the last', () => {
    const legend = legendOf(0, 100)
    const domain = domainOf(seeded(seed), legend)
    const { expression } = shade(legend, domain, { ...usual, smooth: true, palette: 'viridis', reverse: false, scale: 'linear', classes: 9 }, true)
    for (let level = 1; level < 4096; level += 5) {
      const want = colourAt('viridis', level / 4095)
      const [r, g, b] = painted(expression as unknown[], numberOf(legend, level))
      expect(Math.max(Math.abs(r - want[0]), Math.abs(g - want[1]), Math.abs(b - want[2])), `level ${level}`).toBeLessThan(9)
    }
  })

  it('show a difference red above 0 and blue below it, whatever the palette', () => {
    const legend = legendOf(-30, 60)
    const { classes } = shade(legend, domainOf(seeded(seed), legend), { ...usual, palette: 'viridis', reverse: true, classes: 7 }, false)
    const [low, high] = [classes[0]?.colour ?? '', classes.at(-1)?.colour ?? '']
    expect(parseInt(low.slice(5), 16)).toBeGreaterThan(parseInt(low.slice(1, 3), 16))
    expect(parseInt(high.slice(1, 3), 16)).toBeGreaterThan(parseInt(high.slice(5), 16))
  })

  it('have one class where all numbers are one', () => {
    const legend = legendOf(0, 5)
    const domain: Domain = { percentiles: [5], breaks: { linear: [], log: [], quantile: [], jenks: [], head_tail: [] } }
    expect(shade(legend, domain, usual, false).classes).toHaveLength(1)
    expect(breaksOf(domain, 'jenks', 7)).toEqual([])
  })

  it('find the first level that is not below a number', () => {
    const random = seeded(seed + 2)
    for (let round = 0; round < 500; round++) {
      const legend = legendOf(round % 2 === 0 ? -random() * 10 : 0, random() * 1000 + 1e-3)
      const v = legend.min + (legend.max - legend.min) * random()
      const level = levelOf(legend, v)
      expect(numberOf(legend, level)).toBeGreaterThanOrEqual(v)
      if (level > 0) expect(numberOf(legend, level - 1)).toBeLessThan(v)
    }
  })

  it('know how much of the ground a class has', () => {
    const domain: Domain = { percentiles: Array.from({ length: 101 }, (_, i) => i), breaks: { linear: [], log: [], quantile: [], jenks: [], head_tail: [] } }
    expect(groundShare(domain, 0, 100)).toBeCloseTo(1)
    expect(groundShare(domain, 20, 45)).toBeCloseTo(0.25)
    expect(groundShare(domain, -5, 10.5)).toBeCloseTo(0.105)
    expect(percentile(domain, 80)).toBeCloseTo(80)
    expect(percentile({ ...domain, percentiles: [] }, 50)).toBe(0)
    expect(percentile({ ...domain, percentiles: [-10, -1, 0, 2, 4] }, 100)).toBe(10)
  })
})

describe('palettes', () => {
  it('begin and end with their own colours and grow evenly light', () => {
    for (const [name, stops] of Object.entries(palettes)) {
      expect(cssColour(colourAt(name as PaletteName, 0))).toBe(stops[0])
      expect(cssColour(colourAt(name as PaletteName, 1))).toBe(stops.at(-1))
    }
    for (const name of sequential) {
      const light = Array.from({ length: 50 }, (_, i) => {
        const [r, g, b] = colourAt(name, i / 49)
        return 0.2126 * r + 0.7152 * g + 0.0722 * b
      })
      for (let i = 1; i < light.length; i++) expect(light[i], `${name} ${i}`).toBeGreaterThanOrEqual((light[i - 1] ?? 0) - 0.5)
    }
  })
})

describe('pixels', () => {
  it('are told by their middle', () => {
    const random = seeded(seed + 3)
    for (let round = 0; round < 500; round++) {
      const at = { lon: random() * 340 - 170, lat: random() * 160 - 80 }
      const z = Math.floor(random() * 19)
      const pixel = pixelAt(at, z)
      expect(pixelAt(middleOf(pixel), z), `seed ${seed} round ${round}`).toEqual(pixel)
    }
  })

  it('have a number', () => {
    const data = new Uint8ClampedArray(4 * 256 * 256)
    data.set([0, 2, 3, 255], 4 * (7 * 256 + 9))
    data.set([0, 15, 255, 255], 4)
    const decode = { r: 65536 * 0.5, g: 256 * 0.5, b: 0.5, shift: 100 }
    expect(decoded(data, { z: 1, x: 0, y: 0, column: 9, row: 7 }, decode)).toBe(515 * 0.5 - 100)
    expect(isFull(data, { z: 1, x: 0, y: 0, column: 1, row: 0 })).toBe(true)
    expect(isFull(data, { z: 1, x: 0, y: 0, column: 9, row: 7 })).toBe(false)
  })

  it('lie in the tiles that meet a box, no more than wanted', () => {
    expect(tilesIn([-180, -80, 179.9, 80], 1, 99)).toHaveLength(4)
    expect(tilesIn([-180, -80, 179.9, 80], 8, 20)).toHaveLength(20)
    expect(tileZoom(13.4, 18)).toBe(14)
    expect(tileZoom(20, 18)).toBe(18)
  })
})

describe('a question', () => {
  const anyQuestion = (random: () => number): Question => {
    const pick = <T>(...values: T[]): T => values[Math.floor(random() * values.length)] as T
    const bounded = random() < 0.6
    const kind = pick<Question['kind']>('', 'component', 'event')
    const mode = pick<Question['mode']>('density', 'rate', 'sources', bounded ? 'difference' : 'density')
    const some = (...values: string[]) => values.filter(() => random() < 0.4)
    const chosen = Object.fromEntries(
      Object.entries({
        category: kind ? some('01', '0203') : [], status: some('closed', 'open'), source: some('patrol'), unit: some('U1', '单位'), zone: some('Z01', 'Z02'), hour: some('7', '8'), weekday: some('1', '7'),
      }).filter(([, values]) => values.length > 0),
    )
    return {
      mode, kind, chosen,
      per: mode === 'rate' ? (kind === 'event' ? 'road_km' : pick('component', 'road_km')) : 'component',
      from: bounded ? '2025-01-01' : '', to: bounded ? '2025-04-01' : '',
      against: mode === 'difference' && random() < 0.5 ? { from: '2024-01-01', to: '2024-04-01' } : null,
      bandwidthM: pick(0, 50, 150, 400, 222.5), kernel: pick('gaussian', 'quartic'), edge: pick('uniform', 'mass'), withoutPiles: random() < 0.5,
    }
  }

  it('is read from a link as it was written into it', () => {
    const random = seeded(seed + 4)
    for (let round = 0; round < 1000; round++) {
      const question = anyQuestion(random)
      const look = { ...usual, classes: 2 + (round % 8), smooth: round % 2 === 0, reverse: round % 3 === 0 ? null : round % 3 === 1, threshold: round % 100, opacity: 10 + (round % 91) }
      const link = formatLink({ ...emptyLink, heat: [...questionItems(question), ...shadingItems(look)] })
      const items = parseLink(link).heat ?? []
      expect(readQuestion(items), `seed ${seed} round ${round}: ${link}`).toEqual(question)
      expect(readShading(items, scales, sequential)).toEqual(look)
    }
  })

  it('has no words where nothing is chosen', () => {
    expect(allWords(everything)).toEqual({})
    expect(questionItems(everything)).toEqual([])
    expect(shadingItems(usual)).toEqual([])
    expect(parseLink('#heat=').heat).toEqual([])
    expect(formatLink({ ...emptyLink, heat: [] })).toBe('#heat=')
  })

  it('asks the server only what it can answer', () => {
    expect(allWords({ ...everything, mode: 'difference' })).toEqual({})
    expect(allWords({ ...everything, mode: 'rate', kind: 'event' })).toEqual({ mode: 'rate', per: 'road_km', kind: 'event' })
    expect(filterWords({ ...everything, chosen: { category: ['01'] } })).toEqual({})
    expect(filterWords({ ...everything, kind: 'event', chosen: { category: ['01', '0203'], hour: ['7', '8'] } })).toEqual({ kind: 'event', category: '01,0203', hour: '7,8' })
  })

  it.each([['from:yesterday'], ['mode:difference'], ['mode:magic'], ['bandwidth_m:1e9'], ['category:01'], ['from:2025-02-01', 'to:2025-01-01', 'mode:difference'], [':', 'x:', 'unit:']])(
    'is the usual one without what cannot be read: %s', (...items) => {
      const { from, to, ...rest } = readQuestion(items)
      const { from: f, to: t, ...usualRest } = everything
      expect(rest).toEqual(usualRest)
      expect(allWords(readQuestion(items))['mode']).toBeUndefined()
      expect([f, t]).toEqual(['', ''])
      expect(to).toBe('')
      expect(['', '2025-02-01']).toContain(from)
    },
  )

  it('counts what is chosen, and lets categories go with their kind', () => {
    let question = ofKind(everything, 'event')
    question = toggled(question, 'category', '0101')
    question = toggled(question, 'unit', 'U1')
    expect(choices(question)).toBe(3)
    expect(choices(toggled(question, 'unit', 'U1'))).toBe(2)
    expect(ofKind(question, 'component').chosen.category).toEqual([])
  })
})

describe('days', () => {
  it('move by months without leaving them', () => {
    expect(addMonths('2024-01-31', 1)).toBe('2024-02-29')
    expect(addMonths('2025-03-31', -1)).toBe('2025-02-28')
    expect(moved('2025-01-01', '2025-02-01', 'month', 1)).toEqual({ from: '2025-02-01', to: '2025-03-01' })
    expect(moved('2025-01-01', '2025-01-08', 'week', -1)).toEqual({ from: '2024-12-25', to: '2025-01-01' })
    expect(yearBefore({ from: '2024-02-29', to: '2024-03-01' })).toEqual({ from: '2023-02-28', to: '2023-03-01' })
    expect(daysBetween('2024-02-28', '2024-03-01')).toBe(2)
    expect(movedTo('2025-01-01', '2025-03-01', '2024-02-01')).toEqual({ from: '2024-02-01', to: '2024-04-01' })
    expect(movedTo('2025-01-02', '2025-01-09', '2024-02-01')).toEqual({ from: '2024-02-01', to: '2024-02-08' })
  })

  it('lie on the bars of a histogram', () => {
    const edges = barEdges({ step: 'month', from: '2025-01-01', counts: [1, 2, 3] })
    expect(edges).toEqual(['2025-01-01', '2025-02-01', '2025-03-01', '2025-04-01'])
    expect(barOf(edges, '2024-05-05')).toBe(0)
    expect(barOf(edges, '2025-02-15')).toBeCloseTo(1.5)
    expect(barOf(edges, '2026-01-01')).toBe(3)
    for (const [i, edge] of edges.entries()) {
      expect(barOf(edges, edge)).toBe(i)
      expect(edgeAt(edges, i + 0.2)).toBe(edge)
    }
    expect(barEdges({ step: 'day', counts: [] })).toEqual([])
  })

  it('make the usual periods', () => {
    expect(presetPeriod('all', '2026-11-23')).toEqual({ from: '', to: '' })
    expect(presetPeriod('days30', '2026-11-23')).toEqual({ from: '2026-10-25', to: '2026-11-24' })
    expect(presetPeriod('months12', '2026-11-23')).toEqual({ from: '2025-11-24', to: '2026-11-24' })
    expect(presetPeriod('last_year', '2026-11-23')).toEqual({ from: '2025-01-01', to: '2026-01-01' })
  })
})

describe('numbers of heat in words', () => {
  it('have as many digits as they bear', () => {
    expect([0, 0.01234, 5.678, 47.96, 430.4, 12345.6].map((v) => formatNumber(v, 'en'))).toEqual(['0', '0.0123', '5.68', '48', '430', '12,346'])
    expect([3, -3, 0].map((v) => formatSigned(v, 'en'))).toEqual(['+3', '−3', '0'])
    expect(formatChange(0.18, 'zh')).toBe('+18%')
    expect(formatChange(-0.088, 'en')).toBe('−8.8 %')
    expect([0.0000001, 0.0034, 0.5].map((p) => formatP(p, 'en'))).toEqual(['p < 0.001', 'p = 0.003', 'p = 0.500'])
  })

  it('name the days of a period from the first to the last', () => {
    expect(formatPeriod('2025-01-01T00:00:00+08:00', '2025-04-01T00:00:00+08:00', 'zh')).toBe('2025年1月1日 – 2025年3月31日')
    expect(formatPeriod('2025-01-01', '2025-01-02', 'en')).toBe('Jan 1, 2025')
  })
})

describe('files', () => {
  const legend = legendOf(0, 400)
  const file: FileLook = { bom: true, title: ' 月报 ', sheet: 'a4_wide', view: true, lang: 'en' }
  const question: Question = { ...everything, from: '2025-01-01', to: '2025-03-02', kind: 'event', chosen: { category: ['0101', '0102'] }, bandwidthM: 0, edge: 'mass' }
  const wordsOf = (address: string) => new URLSearchParams(address.slice(address.indexOf('?') + 1))

  it('are asked for in the words of what is shown, with the bandwidth that was found', () => {
    const shown = { ...allWords(question), bandwidth_m: '150' }
    expect(Object.fromEntries(wordsOf(latticeFile('tif', question, legend, usual, file, null, true)))).toEqual(shown)
    expect(Object.fromEntries(wordsOf(latticeFile('csv', question, legend, usual, file, null, true)))).toEqual({ ...shown, bom: 'true' })
    expect(Object.fromEntries(wordsOf(latticeFile('csv', question, legend, usual, { ...file, bom: false }, null, true)))).toEqual(shown)
    expect(Object.fromEntries(wordsOf(latticeFile('geojson', question, legend, { ...usual, scale: 'log', classes: 4 }, file, null, true)))).toEqual({ ...shown, scale: 'log', classes: '4' })
    expect(Object.fromEntries(wordsOf(latticeFile('png', question, legend, usual, file, [114.1, 34.2, 114.35, 34.4], true)))).toEqual({
      ...shown, scale: 'jenks', classes: '7', style: 'inferno', width: '3508', height: '2480', lang: 'en', title: '月报', bbox: '114.100000,34.200000,114.350000,34.400000',
    })
    expect(Object.fromEntries(wordsOf(areaFile('csv', 'street', question, file)))).toEqual({ by: 'street', ...filterWords(question), bom: 'true' })
    expect(latticeFile('tif', everything, legend, usual, file, null, true)).toBe('heat/export.tif')
  })

  it('of differences have a class around 0 and no palette but their own', () => {
    const words = wordsOf(latticeFile('png', { ...question, mode: 'difference' }, legendOf(-20, 30), { ...usual, classes: 6 }, file, null, true))
    expect([words.get('scale'), words.get('classes'), words.get('style')]).toEqual(['linear', '7', null])
  })

  it('show the whole city where the map shows half the country', () => {
    expect(wordsOf(latticeFile('png', question, legend, usual, file, [100, 20, 120, 40], true)).has('bbox')).toBe(false)
    expect(wordsOf(latticeFile('png', question, legend, usual, file, null, false)).get('style')).toBe('inferno-reversed')
    expect(wordsOf(latticeFile('png', question, legend, { ...usual, reverse: false }, file, null, false)).get('style')).toBe('inferno')
    expect(wordsOf(latticeFile('png', question, legend, usual, { ...file, view: false }, [114, 34, 115, 35], true)).has('bbox')).toBe(false)
  })

  it('of areas are named after what they count, and when', () => {
    expect(areaFileName('geojson', 'hex', legend)).toBe('heat-hex-20250101-20250302.geojson')
  })
})
