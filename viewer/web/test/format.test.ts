import { describe, expect, it } from 'vitest'
import { formatArea, formatCount, formatMetres, formatPosition, formatSide, formatTime, parsePosition, roundPosition } from '../src/format'
import { seeded } from './seeded'

describe('lengths', () => {
  it.each([
    [0, '0.0 米', '0.0 m'], [12.44, '12.4 米', '12.4 m'], [999.94, '999.9 米', '999.9 m'],
    [999.96, '1.00 公里', '1.00 km'], [12345.6, '12.35 公里', '12.35 km'],
  ])('%d m', (metres, chinese, english) => {
    expect(formatMetres(metres, 'zh')).toBe(chinese)
    expect(formatMetres(metres, 'en')).toBe(english)
  })
})

describe('counts', () => {
  it('have separators', () => {
    expect(formatCount(196430, 'zh')).toBe('196,430')
    expect(formatCount(196430, 'en')).toBe('196,430')
  })
})

describe('positions', () => {
  it('have seven decimals, lon before lat', () => {
    expect(formatPosition({ lon: 114.3488, lat: 34.7886 })).toBe('114.3488000, 34.7886000')
  })

  it('read back as they were written', () => {
    const random = seeded(7)
    for (let round = 0; round < 1000; round++) {
      const at = roundPosition({ lon: random() * 360 - 180, lat: random() * 180 - 90 })
      expect(parsePosition(formatPosition(at))).toEqual(at)
    }
  })

  it.each(['', '114', '114,', '200,34', '114,95', '114.3.4,34', 'a,b', '1e2,3'])('are not: %j', (text) => {
    expect(parsePosition(text)).toBeNull()
  })

  it.each(['114.3 34.7', '114.3，34.7', ' 114.3 , 34.7 '])('are, as people type them: %j', (text) => {
    expect(parsePosition(text)).toEqual({ lon: 114.3, lat: 34.7 })
  })
})

describe('the side of a square', () => {
  it.each([
    [351.2, 'en', '350 m'], [994, 'en', '990 m'], [1002.3, 'en', '1 km'], [2004, 'en', '2 km'],
    [1255, 'zh', '1.3 公里'], [125.3, 'zh', '130 米'],
  ] as const)('%d m in %s is "%s"', (metres, lang, text) => {
    expect(formatSide(metres, lang)).toBe(text)
  })
})

describe('the time of day', () => {
  it.each(['zh', 'en'] as const)('has hours from 00 to 23 in %s', (lang) => {
    expect(formatTime(new Date(2026, 0, 2, 0, 5, 9), lang)).toBe('00:05:09')
    expect(formatTime(new Date(2026, 0, 2, 23, 59, 0), lang)).toBe('23:59:00')
  })
})

describe('an area', () => {
  it.each([[0, 'zh', '0 平方米'], [8120.4, 'en', '8,120 m²'], [999_999.4, 'en', '999,999 m²'], [999_999.5, 'en', '1 km²'], [89_860_000, 'zh', '89.86 平方公里']] as const)(
    '%s in %s is %s',
    (area, lang, text) => {
      expect(formatArea(area, lang)).toBe(text)
    },
  )
})
