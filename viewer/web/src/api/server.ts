// Calls to the server that served this page. Every answer is read whole, with
// a deadline; every way to fail becomes a Failure that says what to do next.
import type {
  Catalogue, ChainAnswer, CheckAnswer, CheckRunning, City, ComponentFeature, ConvertAnswer, LonLat, Named, NearestAnswer,
} from './answers'
import type { Feature as GeoJSONFeature, Geometry } from 'geojson'

export const deadlineSeconds = 15
/** Of files, which are made when they are asked for. */
export const fileDeadlineSeconds = 120

export type FailureKind = 'network' | 'timeout' | 'status' | 'not-found' | 'unreadable'

/** One thing that the server names as at fault. */
export interface Fault {
  location?: string
  message: string
  value?: string
}

export class Failure extends Error {
  readonly kind: FailureKind
  readonly status: number
  /** The problem's stable name, '' where the answer was none. */
  readonly code: string
  readonly faults: readonly Fault[]
  /** Of a deadline that passed. */
  readonly seconds: number = deadlineSeconds

  constructor(kind: FailureKind, detail: string, status = 0, code = '', faults: readonly Fault[] = [], seconds = deadlineSeconds) {
    super(detail)
    this.seconds = seconds
    this.kind = kind
    this.status = status
    this.code = code
    this.faults = faults
  }
}

export function asFailure(cause: unknown): Failure {
  return cause instanceof Failure ? cause : new Failure('unreadable', String(cause))
}

/** What a request has come to. Several of these make a panel: one that failed leaves the others. */
export type Loadable<T> =
  | { is: 'idle' }
  | { is: 'loading' }
  | { is: 'ready'; value: T }
  | { is: 'failed'; why: Failure }

export const idle = { is: 'idle' } as const
export const loading = { is: 'loading' } as const

/** Absolute, and below whatever path the page is served from. */
export function serverURL(path: string): string {
  return new URL(path, document.baseURI).href
}

/** What a request has besides its path. */
export interface Asking {
  method?: 'POST' | 'DELETE'
  body?: unknown
  /** Who asks; '' for nobody in particular. */
  token?: string
  headers?: Record<string, string>
  /** Goes out even as the page is left. */
  keepalive?: boolean
}

export function ask<T>(path: string, cancelled: AbortSignal, asking: Asking = {}): Promise<T> {
  return answered(path, cancelled, asking, deadlineSeconds, async (answer) => {
    const text = await answer.text()
    if (answer.status === 204) return undefined as T // nothing to read
    try {
      return JSON.parse(text) as T
    } catch {
      throw new Failure('unreadable', path)
    }
  })
}

/** An answer that is kept as it is. */
export interface SavedFile {
  body: Blob
  /** As the server calls it, '' where it does not. */
  name: string
}

/** Asks for a file: one that could not be made is a Failure, and no file. */
export function askFile(path: string, cancelled: AbortSignal): Promise<SavedFile> {
  const headers = { Accept: '*/*' }
  return answered(path, cancelled, { headers }, fileDeadlineSeconds, async (answer) => ({
    body: await answer.blob(),
    name: /filename="([^"]+)"/.exec(answer.headers.get('Content-Disposition') ?? '')?.[1] ?? '',
  }))
}

async function answered<T>(path: string, cancelled: AbortSignal, asking: Asking, seconds: number, read: (answer: Response) => Promise<T>): Promise<T> {
  const late = AbortSignal.timeout(seconds * 1000)
  const stop = new AbortController()
  // AbortSignal.any came with Chrome 116; halls still run 109.
  const abort = () => stop.abort()
  late.addEventListener('abort', abort)
  cancelled.addEventListener('abort', abort)
  if (cancelled.aborted) abort()

  try {
    const answer = await fetch(serverURL(path), {
      method: asking.method ?? 'GET',
      signal: stop.signal,
      ...(asking.keepalive && { keepalive: true }),
      headers: {
        Accept: 'application/json, application/problem+json',
        ...(asking.body !== undefined && { 'Content-Type': 'application/json' }),
        ...(asking.token && { Authorization: `Bearer ${asking.token}` }),
        ...asking.headers,
      },
      ...(asking.body !== undefined && { body: JSON.stringify(asking.body) }),
    })
    if (!answer.ok) throw problem(answer.status, await answer.text())
    return await read(answer)
  } catch (cause) {
    if (cause instanceof Failure) throw cause
    if (cancelled.aborted) throw cause // whoever cancelled no longer listens
    if (late.aborted) throw new Failure('timeout', path, 0, '', [], seconds)
    throw new Failure('network', String(cause))
  } finally {
    late.removeEventListener('abort', abort)
    cancelled.removeEventListener('abort', abort)
  }
}

/** Reads RFC 9457 problem+json; an answer that is none still has its status. */
function problem(status: number, text: string): Failure {
  const kind = status === 404 ? 'not-found' : 'status'
  try {
    const body = JSON.parse(text) as { detail?: unknown; title?: unknown; code?: unknown; errors?: Fault[] }
    const faults = Array.isArray(body.errors) ? body.errors : []
    return new Failure(kind, String(body.detail ?? body.title ?? ''), status, String(body.code ?? ''), faults)
  } catch {
    return new Failure(kind, '', status)
  }
}

export function query(values: Record<string, string | number>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .join('&')
}

const at = ({ lon, lat }: LonLat) => ({ lon: lon.toFixed(7), lat: lat.toFixed(7) })

export const server = {
  city: (stop: AbortSignal) => ask<City>('v1/city', stop),

  catalogue: (stop: AbortSignal) => ask<Catalogue>('tiles.json', stop),

  chain: (position: LonLat, stop: AbortSignal) =>
    ask<ChainAnswer>(`v1/geocode?${query(at(position))}`, stop),

  nearestComponents: (position: LonLat, radiusM: number, stop: AbortSignal) =>
    ask<NearestAnswer>(
      `v1/nearest?${query({ ...at(position), layer: 'components', k: 1, radius_m: radiusM })}`,
      stop,
    ),

  component: (code: string, stop: AbortSignal) =>
    ask<ComponentFeature>(`v1/components/${encodeURIComponent(code)}`, stop),

  cell: (code: string, stop: AbortSignal) =>
    ask<GeoJSONFeature>(`v1/cells/${encodeURIComponent(code)}`, stop),

  unit: (code: string, stop: AbortSignal) =>
    ask<GeoJSONFeature<Geometry | null, Named>>(`v1/units/${encodeURIComponent(code)}`, stop),

  check: (rule: string, cursor: string, limit: number, stop: AbortSignal) =>
    ask<CheckAnswer | CheckRunning>(
      `v1/check?${query({ limit, ...(rule && { rule }), ...(cursor && { cursor }) })}`,
      stop,
    ),

  convert: (position: LonLat, to: string[], stop: AbortSignal) =>
    ask<ConvertAnswer>(
      `v1/crs/convert?${query({ ...at(position), crs: 'cgcs2000' })}&to=${to.map(encodeURIComponent).join(',')}`,
      stop,
    ),
}
