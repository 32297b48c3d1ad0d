import { localeOf, speaker, type Lang } from './i18n/messages'
import type { LonLat } from './api/answers'

/** Server coordinates have 7 decimals: about 1 cm. */
export const coordinateDecimals = 7

export function formatCount(count: number, lang: Lang): string {
  return new Intl.NumberFormat(localeOf[lang]).format(count)
}

/** A length for people: decimetres below a kilometre, then two decimals of km. */
export function formatMetres(metres: number, lang: Lang): string {
  const say = speaker(lang)
  const number = (value: number, digits: number) =>
    new Intl.NumberFormat(localeOf[lang], {
      minimumFractionDigits: digits,
      maximumFractionDigits: digits,
    }).format(value)
  // 999.95 would be rounded to "1,000.0 m".
  if (metres < 999.95) return say('unit.metres', { value: number(metres, 1) })
  return say('unit.kilometres', { value: number(metres / 1000, 2) })
}

/** An area for people: whole square metres below a square kilometre, then two decimals. */
export function formatArea(squareMetres: number, lang: Lang): string {
  const say = speaker(lang)
  const number = (value: number, digits: number) => new Intl.NumberFormat(localeOf[lang], { maximumFractionDigits: digits }).format(value)
  if (squareMetres < 999_999.5) return say('unit.square_metres', { value: number(squareMetres, 0) })
  return say('unit.square_kilometres', { value: number(squareMetres / 1e6, 2) })
}

/** The size of a file, in thousands as disks are sold. */
export function formatBytes(bytes: number, lang: Lang): string {
  const [value, unit] = bytes < 999_500 ? [bytes / 1000, 'kilobyte'] : [bytes / 1e6, 'megabyte']
  return new Intl.NumberFormat(localeOf[lang], { style: 'unit', unit, maximumFractionDigits: value < 10 ? 1 : 0 }).format(value)
}

const figureUnits: Record<string, { unit: string; digits: number }> = {
  m: { unit: 'm', digits: 3 },
  m2: { unit: 'm²', digits: 2 },
  percent: { unit: '%', digits: 2 },
  count: { unit: '×', digits: 0 },
}

/** What a check measured: "0.3 m", "14,000.25 m²"; an unknown unit as it comes. */
export function formatFigure(value: number, unit: string, lang: Lang): string {
  const known = figureUnits[unit] ?? { unit, digits: 6 }
  const number = new Intl.NumberFormat(localeOf[lang], { maximumFractionDigits: known.digits }).format(value)
  return `${number} ${known.unit}`.trim()
}

/** "114.3488000, 34.7886000": the way people paste coordinates. */
export function formatPosition({ lon, lat }: LonLat): string {
  return `${lon.toFixed(coordinateDecimals)}, ${lat.toFixed(coordinateDecimals)}`
}

export function roundPosition({ lon, lat }: LonLat): LonLat {
  return {
    lon: Number(lon.toFixed(coordinateDecimals)),
    lat: Number(lat.toFixed(coordinateDecimals)),
  }
}

/** "lon,lat" or "lon lat" typed by hand; null when it is no position. */
export function parsePosition(text: string): LonLat | null {
  const match = /^\s*(-?\d{1,3}(?:\.\d+)?)\s*[,，;\s]\s*(-?\d{1,2}(?:\.\d+)?)\s*$/.exec(text)
  if (!match) return null
  const lon = Number(match[1])
  const lat = Number(match[2])
  return Math.abs(lon) <= 180 && Math.abs(lat) <= 90 ? roundPosition({ lon, lat }) : null
}

/** Hours, minutes and seconds of the reader's own clock. */
export function formatTime(at: Date, lang: Lang): string {
  return new Intl.DateTimeFormat(localeOf[lang], { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' }).format(at)
}

/** The side of a square for people: 350 m, 1.3 km. */
export function formatSide(metres: number, lang: Lang): string {
  const say = speaker(lang)
  const number = (value: number) => new Intl.NumberFormat(localeOf[lang], { maximumSignificantDigits: 2 }).format(value)
  return metres < 995 ? say('unit.metres', { value: number(metres) }) : say('unit.kilometres', { value: number(metres / 1000) })
}

export function formatZoom(zoom: number, lang: Lang): string {
  return new Intl.NumberFormat(localeOf[lang], { maximumFractionDigits: 1, minimumFractionDigits: 1 }).format(zoom)
}
