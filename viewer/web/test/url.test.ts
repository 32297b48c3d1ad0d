import { describe, expect, it } from 'vitest'
import { emptyLink, formatLink, parseLink, type LinkState } from '../src/state/url'
import { seeded } from './seeded'

const seed = 20260101

/** A state as the page could have it: within the bounds, at the decimals a link keeps. */
function anyState(random: () => number): LinkState {
  const maybe = <T>(make: () => T): T | null => (random() < 0.7 ? make() : null)
  const round = (value: number, decimals: number) => Number(value.toFixed(decimals)) + 0
  const lonLat = (decimals: number) => ({
    lon: round(random() * 360 - 180, decimals),
    lat: round(random() * 180 - 90, decimals),
  })
  const words = ['cells', 'lamp:red', 'zones', '01', '21', '井盖', 'a,b', 'x&y=z', '100%', '#', ' ', 'é', '𠮷']
  const word = () => words[Math.floor(random() * words.length)] ?? ''
  const list = () => [...new Set(Array.from({ length: Math.floor(random() * 5) }, word))]
  const at = maybe(() => lonLat(7))
  return {
    camera: maybe(() => ({ ...lonLat(6), zoom: round(random() * 22, 2) })),
    at,
    component: at && maybe(word),
    layers: maybe(list),
    majors: maybe(list),
    case: maybe(word),
    cases: maybe(list),
    duty: maybe(list),
    check: maybe(() => (random() < 0.5 ? '' : word())),
    lang: maybe(() => (random() < 0.5 ? 'zh' : 'en')),
    theme: maybe(() => (random() < 0.5 ? 'light' : 'dark')),
  }
}

describe('a link', () => {
  it('reads as the state it was written from', () => {
    const random = seeded(seed)
    for (let round = 0; round < 2000; round++) {
      const state = anyState(random)
      const link = formatLink(state)
      expect(parseLink(link), `seed ${seed}, round ${round}: ${link}`).toEqual(state)
      expect(formatLink(parseLink(link))).toBe(link)
    }
  })

  it('needs no escape in the address bar for plain states', () => {
    expect(
      formatLink({
        camera: { lon: 114.3, lat: 34.8, zoom: 15.2 },
        at: { lon: 114.3488, lat: 34.7886 },
        component: '9901010101000001',
        layers: ['cells', 'zones'],
        majors: ['01', '02'],
        case: '01JD5T6V7W8X9Y0Z1A2B3C4D5E',
        cases: ['lamp:red', 'text:井盖'],
        duty: ['nobody', 'returns'],
        check: 'cell-gap',
        lang: 'zh',
        theme: 'dark',
      }),
    ).toBe('#z=15.2&c=114.3,34.8&at=114.3488,34.7886&component=9901010101000001&layers=cells,zones&majors=01,02&case=01JD5T6V7W8X9Y0Z1A2B3C4D5E&cases=lamp:red,text:%E4%BA%95%E7%9B%96&duty=nobody,returns&check=cell-gap&lang=zh&theme=dark')
  })

  it('is empty for the default state', () => {
    expect(formatLink(emptyLink)).toBe('')
    for (const nothing of ['', '#']) expect(parseLink(nothing)).toEqual(emptyLink)
  })

  it('never writes exponents or a negative zero', () => {
    const at = { lon: 1e-7, lat: -1e-9 }
    expect(formatLink({ ...emptyLink, at })).toBe('#at=0.0000001,0')
  })

  it.each([
    '#z=abc&c=114,34', '#z=23&c=114,34', '#z=-1&c=114,34', '#z=15', '#c=114,34', '#z=15&c=114', '#z=15&c=181,34',
    '#z=15&c=114,91', '#z=1e1&c=114,34', '#z=15&c=114,34,5', '#at=NaN,1', '#at=,', '#component=alone',
    '#lang=fr', '#theme=blue', '#layers=%E0%A4%A', '#&&&===', '#=x', '#z', '#__proto__=1&constructor=2',
  ])('with a bad value is read without it: %s', (link) => {
    expect(parseLink(link)).toEqual(emptyLink)
  })

  it('keeps the good part beside a bad one', () => {
    expect(parseLink('#z=oops&c=1,2&lang=en&theme=neon')).toEqual({ ...emptyLink, lang: 'en' })
  })

  it('tells an empty list from none', () => {
    expect(parseLink('#layers=').layers).toEqual([])
    expect(formatLink({ ...emptyLink, majors: [] })).toBe('#majors=')
    expect(parseLink('#check=').check).toBe('')
    expect(parseLink('#lang=en').check).toBeNull()
  })

  it('survives anything', () => {
    const random = seeded(seed + 1)
    const letters = '#&=,.%-0123456789zcatlmé ayers'
    for (let round = 0; round < 5000; round++) {
      const text = Array.from({ length: Math.floor(random() * 60) }, () => letters[Math.floor(random() * letters.length)]).join('')
      const state = parseLink(text)
      expect(parseLink(formatLink(state)).camera?.zoom ?? 0, text).toBeCloseTo(state.camera?.zoom ?? 0, 1)
    }
  })
})
