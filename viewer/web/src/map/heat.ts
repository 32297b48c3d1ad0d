// Draws heat: value tiles painted by the map itself, so that another palette, scale or
// threshold costs no request, and the same tiles read under the pointer.
import { addProtocol, type ExpressionSpecification, type Map as MapLibre } from 'maplibre-gl'
import type { LonLat } from '../api/answers'
import type { HeatDescription } from '../api/heat'
import { decoded, isFull, middleOf, pixelAt, tilesIn, tileSize, tileZoom } from '../heat/pixels'

const protocol = 'heat'
const name = 'heat'
/** Tiles kept: some 30 KB each, and 256 KB more once it was read under the pointer. */
const mostTiles = 160
const mostRead = 24
/** Tiles of the next frame that are fetched before it is wanted. */
const mostAhead = 40

/** Heat lies under borders, names and marks, and over areas. */
export const aboveHeat = ['cells-mesh', 'cells-line', 'zones-band', 'zones-line']

export interface Reading extends LonLat {
  value: number
  /** It is that or more: beyond what the locked legend tells. */
  atLeast: boolean
}

/** A period's tiles. */
interface Frame {
  id: number
  template: string
  description: HeatDescription
}

interface Kept {
  body: Promise<ArrayBuffer>
  read?: Promise<Uint8ClampedArray>
  pixels?: Uint8ClampedArray
}

export class HeatDrawing {
  private readonly map: MapLibre
  private readonly tiles = new Map<string, Kept>()
  private shown: Frame | null = null
  /** On its way: seen once all its tiles are there. */
  private coming: Frame | null = null
  private frames = 0
  private readonly waiting: (() => void)[] = []
  private paint: { expression: ExpressionSpecification; opacity: number } | null = null
  private failed: ((detail: string) => void) | null = null
  private readonly seen: (description: HeatDescription | null) => void

  /** `seen` is told whose tiles are drawn from now on. */
  constructor(map: MapLibre, failed: (detail: string) => void, seen: (description: HeatDescription | null) => void) {
    this.map = map
    this.failed = failed
    this.seen = seen
    addProtocol(protocol, async ({ url }, { signal }) => {
      try {
        const key = url.slice(`${protocol}://`.length)
        // Who asked first may have let go of it meanwhile: then it is asked for once more.
        const data = await this.load(key, signal).catch((cause: unknown) => {
          if (signal.aborted || !isAbort(cause)) throw cause
          return this.load(key, signal)
        })
        return { data: data.slice(0) }
      } catch (cause) {
        const failure = new Error(cause instanceof Error ? cause.message : String(cause))
        if (signal.aborted) failure.name = 'AbortError'
        else this.failed?.(failure.message)
        throw failure
      }
    })
    map.on('sourcedata', this.look)
    map.on('idle', this.look)
  }

  /** Shows the tiles of a description; what is shown stays until they are there. */
  show(description: HeatDescription): void {
    const template = templateOf(description)
    if (this.shown?.template === template && !this.coming) {
      this.shown.description = description
      this.seen(description)
      return
    }
    if (this.coming?.template === template) {
      this.coming.description = description
      return
    }
    if (this.coming) this.drop(this.coming)
    const frame: Frame = { id: ++this.frames, template, description }
    this.add(frame, this.shown ? 0 : 1)
    if (this.shown) this.coming = frame
    else {
      this.shown = frame
      this.seen(description)
    }
  }

  /** How numbers are coloured; opacity 0 to 1. */
  dress(expression: ExpressionSpecification, opacity: number): void {
    this.paint = { expression, opacity }
    for (const frame of [this.shown, this.coming]) {
      if (!frame || !this.map.getLayer(layerOf(frame))) continue
      this.map.setPaintProperty(layerOf(frame), 'color-relief-color', expression)
      this.map.setPaintProperty(layerOf(frame), 'color-relief-opacity', frame === this.coming ? 0 : opacity)
    }
  }

  /** Once what was asked to be shown is seen. */
  settled(): Promise<void> {
    return new Promise((done) => {
      if (this.coming) this.waiting.push(done)
      else done()
    })
  }

  hide(): void {
    for (const frame of [this.shown, this.coming]) if (frame) this.drop(frame)
    this.shown = this.coming = null
    this.seen(null)
    this.rest()
  }

  remove(): void {
    this.hide()
    this.failed = null
    this.map.off('sourcedata', this.look)
    this.map.off('idle', this.look)
    this.tiles.clear()
  }

  /** Fetches what another description would show here. */
  ahead(description: HeatDescription): void {
    const bounds = this.map.getBounds()
    const [west, south, east, north] = description.bounds
    const box = [
      Math.max(west, bounds.getWest()), Math.max(south, bounds.getSouth()), Math.min(east, bounds.getEast()), Math.min(north, bounds.getNorth()),
    ] as const
    if (box[0] >= box[2] || box[1] >= box[3]) return
    for (const { z, x, y } of tilesIn(box, this.zoom(description), mostAhead)) {
      // A failure will be told when the tile is wanted.
      this.load(urlOf(templateOf(description), z, x, y), new AbortController().signal).catch(() => undefined)
    }
  }

  /** The number of the pixel there; null where no tile is read yet: `then` is called once it is. */
  read(at: LonLat, then: () => void): Reading | null {
    if (!this.shown) return null
    const { template, description } = this.shown
    const most = this.zoom(description)
    for (let z = most; z >= Math.max(0, most - 3); z--) {
      const pixel = pixelAt(at, z)
      const kept = this.tiles.get(urlOf(template, pixel.z, pixel.x, pixel.y))
      if (!kept) continue
      if (kept.pixels) {
        const { pixels } = kept
        if (pixels.length === 0) return { ...middleOf(pixel), value: 0, atLeast: false } // nothing is in that tile
        return { ...middleOf(pixel), value: decoded(pixels, pixel, description.legend.decode), atLeast: isFull(pixels, pixel) }
      }
      kept.read ??= readPixels(kept).then((pixels) => {
        this.forgetRead()
        kept.pixels = pixels
        then()
        return pixels
      })
      return null
    }
    return null
  }

  /** The middle of the pixel that is drawn there: what is asked about is what is seen. */
  snap(at: LonLat): LonLat {
    return this.shown ? middleOf(pixelAt(at, this.zoom(this.shown.description))) : at
  }

  private zoom(description: HeatDescription): number {
    return tileZoom(this.map.getZoom(), description.maxzoom)
  }

  private load(url: string, signal: AbortSignal): Promise<ArrayBuffer> {
    const before = this.tiles.get(url)
    if (before) {
      this.tiles.delete(url) // to the end: used last
      this.tiles.set(url, before)
      return before.body
    }
    const kept: Kept = { body: fetchTile(url.slice(url.indexOf(' ') + 1), signal) }
    this.tiles.set(url, kept)
    kept.body.catch(() => this.tiles.delete(url))
    for (const old of this.tiles.keys()) {
      if (this.tiles.size <= mostTiles) break
      this.tiles.delete(old)
    }
    return kept.body
  }

  private forgetRead(): void {
    const read = [...this.tiles.values()].filter(({ pixels }) => pixels)
    for (const old of read.slice(0, Math.max(0, read.length - mostRead + 1))) {
      delete old.pixels
      delete old.read
    }
  }

  private add(frame: Frame, seen: 0 | 1): void {
    const { decode } = frame.description.legend
    const id = layerOf(frame)
    this.map.addSource(id, {
      type: 'raster-dem', encoding: 'custom', tileSize, bounds: grown(frame.description.bounds), maxzoom: frame.description.maxzoom,
      tiles: [`${protocol}://${frame.template}`],
      redFactor: decode.r, greenFactor: decode.g, blueFactor: decode.b, baseShift: decode.shift,
    })
    const before = aboveHeat.find((layer) => this.map.getLayer(layer)) ?? this.map.getStyle().layers.find(({ type }) => type === 'symbol')?.id
    this.map.addLayer(
      {
        id, type: 'color-relief', source: id,
        paint: {
          'color-relief-opacity': seen * (this.paint?.opacity ?? 0),
          ...(this.paint && { 'color-relief-color': this.paint.expression }),
        },
      },
      before,
    )
  }

  private drop(frame: Frame): void {
    const id = layerOf(frame)
    if (this.map.getLayer(id)) this.map.removeLayer(id)
    if (this.map.getSource(id)) this.map.removeSource(id)
  }

  private rest(): void {
    for (const done of this.waiting.splice(0)) done()
  }

  /** Changes over to what is coming once it is there, in one frame. */
  private readonly look = (): void => {
    const { coming } = this
    if (!coming || !this.map.getSource(layerOf(coming)) || !this.map.isSourceLoaded(layerOf(coming))) return
    if (this.shown) this.drop(this.shown)
    this.shown = coming
    this.coming = null
    if (this.paint) this.dress(this.paint.expression, this.paint.opacity)
    this.seen(coming.description)
    this.rest()
  }
}

const layerOf = ({ id }: Frame): string => `${name}-${id}`

/**
 * The addresses of tiles, below the page's own path, whatever the server takes its
 * address for. The number of cases is before it: with one more the tiles are others.
 */
function templateOf({ tiles, legend }: HeatDescription): string {
  const template = tiles[0] ?? ''
  return `${legend.n} ${new URL('.', document.baseURI).href}${template.slice(template.indexOf('/heat/{z}') + 1)}`
}

const urlOf = (template: string, z: number, x: number, y: number): string =>
  template.replace('{z}', String(z)).replace('{x}', String(x)).replace('{y}', String(y))

/** A kernel reaches over the border of the cells by a node. */
const grown = ([west, south, east, north]: readonly [number, number, number, number]): [number, number, number, number] => {
  const rim = 0.02
  return [west - rim, south - rim, east + rim, north + rim]
}

const isAbort = (cause: unknown): boolean => cause instanceof Error && cause.name === 'AbortError'

async function fetchTile(url: string, signal: AbortSignal): Promise<ArrayBuffer> {
  const answer = await fetch(url, { signal })
  if (!answer.ok) throw new Error(`HTTP ${answer.status}`)
  return answer.status === 204 ? new ArrayBuffer(0) : answer.arrayBuffer()
}

/** The pixels as they were written: no colour management, no alpha. */
async function readPixels({ body }: Kept): Promise<Uint8ClampedArray> {
  const bytes = await body
  if (bytes.byteLength === 0) return new Uint8ClampedArray(0)
  const picture = await createImageBitmap(new Blob([bytes], { type: 'image/png' }), { colorSpaceConversion: 'none', premultiplyAlpha: 'none' })
  const canvas = document.createElement('canvas')
  canvas.width = canvas.height = tileSize
  const context = canvas.getContext('2d', { willReadFrequently: true })
  if (!context) throw new Error('no canvas')
  context.drawImage(picture, 0, 0)
  picture.close()
  return context.getImageData(0, 0, tileSize, tileSize).data
}
