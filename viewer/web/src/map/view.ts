// The map itself: owns the MapLibre map, turns looks into style changes,
// clicks into questions and tiles into names. Knows nothing of panels.
import {
  Map as MapLibre, NavigationControl, ScaleControl, setWorkerUrl,
  type GeoJSONSource, type LayerSpecification, type MapGeoJSONFeature, type StyleSpecification,
} from 'maplibre-gl'
import workerURL from 'maplibre-gl/dist/maplibre-gl-worker.mjs?url'
import type { Feature, Geometry, Point, Position } from 'geojson'
import type { CatalogueLayer, City, Finding, LonLat } from '../api/answers'
import { roundPosition } from '../format'
import { speaker, type Lang } from '../i18n/messages'
import type { Camera } from '../state/url'
import { casePins, caseSums } from './cases'
import { nameLooks } from './divisions'
import { faultBox, faultFeatures, faultMarks, faultSource, pickedSource } from './faults'
import { Following, tilesURL } from './following'
import { tileSources, type Look } from './look'
import { drawPin, readPinName } from './lamps'
import { markSource, namesSource, type Mark } from './marks'
import { namePoints, type AreaPiece } from './names'
import { caseOf, Overlays } from './overlays'
import { paletteOf } from './palette'
import { drawSymbol, readSymbolName } from './shapes'
import { buildStyle } from './style'
import { fullCount, shownTotal, squareMetres, sumLayer, sumRadius, sumTileZoom } from './sums'

setWorkerUrl(workerURL)

/** How far from a click a component may be drawn and still be meant, in CSS pixels. */
const clickReachPx = 6
const componentDrawings = ['components-symbol', 'components-dot', 'components-line', 'components-area']
const placeZoom = 16.5
/** From this zoom on a case that is in view is told apart. */
const casesNear = 14
/** Near enough to tell a case from its neighbour's. */
const caseZoom = 16.5
const maxZoom = 21
/** Near enough to see a gap of a metre; a gap of centimetres is zoomed to by hand. */
const faultZoom = 18.5
/** Half a whole cell code and half a line: a name nearer to the edge would be cut off. */
const nameMarginPx = { x: 56, y: 14 }
/** About the height of a line: with less room around it, a name would look like its neighbour's. */
const leastNameRoomPx = 10

export interface Marks {
  position: LonLat | null
  cell: Feature | null
  /** The cell is only near: drawn dashed. */
  near: boolean
  component: LonLat | null
}

export interface MapEvents {
  camera(camera: Camera): void
  /** Someone asks what is there; `component` is the code of one clicked. */
  ask(at: LonLat, component: string | null): void
  /** A case was clicked. */
  openCase(id: string): void
  /** The case under the pointer, null when there is none. */
  overCase(id: string | null): void
  tilesFailed(detail: string): void
  /** The square of summed-up components under the pointer, or asked about; null when there is none. */
  square(square: SquareUnder | null): void
}

export interface SquareUnder {
  /** The middle of its circle on the map's box, in pixels. */
  x: number
  y: number
  radiusPx: number
  /** The side of the square on the ground. */
  sideM: number
  /** The numbers as the tile has them. */
  properties: Record<string, unknown>
  /** Asked about, not only pointed at. */
  asked: boolean
}

export function canDraw(): boolean {
  return document.createElement('canvas').getContext('webgl2') !== null
}

export class MapView {
  readonly map: MapLibre
  /** Keeps the tiles true to the city. */
  readonly following: Following
  /** What lies over the tiles. */
  readonly overlays: Overlays
  /** Settled when the style is drawn for the first time: layers may be added then. */
  readonly loaded: Promise<void>
  /** Where ranges of letters are; null: the browser's fonts draw them. */
  private readonly glyphs: string | null
  private readonly layers: readonly CatalogueLayer[]
  private readonly city: City
  private readonly events: MapEvents
  private look: Look
  private style: StyleSpecification
  private hovered: string | null = null
  private namesDrawn = ''
  private ready = false
  private marks: Marks = { position: null, cell: null, near: false, component: null }
  private faults: { findings: readonly Finding[]; picked: number | null } = { findings: [], picked: null }
  /** Told which finding was clicked on the map; null while there is no list of them. */
  faultPicked: ((index: number) => void) | null = null
  /** A click means a place, whatever case is there. */
  placing = false
  /** Asked first about a click, with whether a case is there; true: it was meant for whoever answers. */
  claims: ((at: { x: number; y: number }, onCase: boolean) => boolean) | null = null
  private overCase: string | null = null
  private controls: [NavigationControl, ScaleControl] | null = null

  constructor(
    container: HTMLElement,
    layers: readonly CatalogueLayer[],
    city: City,
    start: { look: Look; lang: Lang; camera: Camera | null; at: LonLat | null; glyphs: string | null },
    events: MapEvents,
  ) {
    this.layers = layers
    this.city = city
    this.look = start.look
    this.events = events
    this.glyphs = start.glyphs
    this.style = this.styleFor(start.look)
    this.following = new Following(tileSources(layers))
    window.__idle = false
    this.map = new MapLibre({
      container,
      style: this.style,
      ...this.startCamera(start.camera, start.at),
      attributionControl: false, // all data on this map are the city's own
      fadeDuration: 0, // labels are there or not: no half-faded screenshots
      maxPitch: 0,
      maxZoom,
      // The default, 4096, silently blurs a wall of screens.
      maxCanvasSize: [8192, 8192],
      refreshExpiredTiles: false,
      // Deeper than its source a tile is drawn from the whole: cut to pieces, the
      // pieces would be kept by the tile's name and miss its changes.
      zoomLevelsToOverscale: maxZoom,
      localIdeographFontFamily: start.glyphs ? false : 'Noto Sans CJK SC, Source Han Sans SC, PingFang SC, Microsoft YaHei, sans-serif',
    })
    this.loaded = new Promise((resolve) => this.map.once('load', () => resolve()))
    this.following.on(this.map)
    this.overlays = new Overlays(this.map)
    this.map.touchPitch.disable()
    this.map.setMissingStyleImageResolver((name) => this.addSymbol(name))
    this.speak(start.lang)
    this.listen()
  }

  /** Draws another look: only the properties that differ are sent to the map. */
  restyle(look: Look): void {
    this.look = look
    const next = this.styleFor(look)
    if (!this.ready) return // 'load' draws the latest look
    const before = new Map(this.style.layers.map((layer) => [layer.id, layer]))
    for (const layer of next.layers) {
      const old = before.get(layer.id)
      if (old) this.apply(old, layer)
    }
    this.style = next
    this.drawNames()
  }

  setMarks(marks: Marks): void {
    this.marks = marks
    if (!this.ready) return
    const point = (mark: Mark, at: LonLat): Feature => ({
      type: 'Feature',
      geometry: { type: 'Point', coordinates: [at.lon, at.lat] },
      properties: { mark },
    })
    const features: Feature[] = []
    if (marks.cell) {
      const mark: Mark = marks.near ? 'near-cell' : 'cell'
      features.push({ ...marks.cell, properties: { mark } })
    }
    if (marks.component) features.push(point('component', marks.component))
    if (marks.position) features.push(point('position', marks.position))
    this.map.getSource<GeoJSONSource>(markSource)?.setData({ type: 'FeatureCollection', features })
  }

  /** Draws findings of the check; the one looked at stands out. */
  setFaults(findings: readonly Finding[], picked: number | null): void {
    const same = this.faults.findings === findings
    this.faults = { findings, picked }
    if (!this.ready) return
    if (!same) this.drawFaults()
    this.drawPicked()
  }

  /** Moves the map to a case only if it is out of view: who works through a list keeps the picture. */
  showCase(at: LonLat, covered: { rightPx: number; bottomPx: number }): void {
    const { x, y } = this.map.project([at.lon, at.lat])
    const { clientWidth, clientHeight } = this.map.getContainer()
    const marginPx = 40
    const seen = x > marginPx && y > marginPx && x < clientWidth - covered.rightPx - marginPx && y < clientHeight - covered.bottomPx - marginPx
    if (seen && this.map.getZoom() >= casesNear) return
    this.map.easeTo({
      center: [at.lon, at.lat],
      zoom: Math.max(this.map.getZoom(), caseZoom),
      offset: [-covered.rightPx / 2, -covered.bottomPx / 2],
    })
  }

  /** Moves the map to a shape, clear of what covers its right and lower edges. */
  showShape(geometry: Geometry, covered: { rightPx: number; bottomPx: number }): void {
    const box = faultBox({ at: null, geometry })
    const padding = { top: 70, left: 70, right: 70 + covered.rightPx, bottom: 70 + covered.bottomPx }
    if (box) this.map.fitBounds(box, { padding, maxZoom: caseZoom })
  }

  /** Moves the map to a finding, clear of what covers the map's lower edge. */
  showFault(finding: Finding, bottomPx: number): void {
    const box = faultBox(finding)
    if (!box) return
    this.map.fitBounds(box, { padding: { top: 70, left: 70, right: 70, bottom: 70 + bottomPx }, maxZoom: faultZoom })
  }

  jump(camera: Camera): void {
    this.map.jumpTo({ center: [camera.lon, camera.lat], zoom: camera.zoom })
  }

  goTo(at: LonLat): void {
    this.map.easeTo({ center: [at.lon, at.lat], zoom: Math.max(this.map.getZoom(), placeZoom) })
  }

  /** Asks again for the tiles in view, as after a failure. */
  refresh(): void {
    this.following.changedAll()
  }

  fitCity(): void {
    this.map.fitBounds(this.city.bounds, { padding: 28 })
  }

  /** Moves the map so that a position is not under a panel over its right or lower edge. */
  reveal(at: LonLat, covered: { rightPx: number; bottomPx: number }): void {
    const marginPx = 24
    const { x, y } = this.map.project([at.lon, at.lat])
    const box = this.map.getContainer()
    const overX = x - (box.clientWidth - covered.rightPx - marginPx)
    const overY = y - (box.clientHeight - covered.bottomPx - marginPx)
    if (overX > 0 || overY > 0) this.map.panBy([Math.max(0, overX), Math.max(0, overY)])
  }

  /**
   * Puts the controls' texts into another language. MapLibre takes texts only
   * when a control is made, so the controls are made anew.
   */
  speak(lang: Lang): void {
    const say = speaker(lang)
    Object.assign(this.map._locale, {
      'Map.Title': say('map.label'),
      'NavigationControl.ZoomIn': say('map.zoom_in'),
      'NavigationControl.ZoomOut': say('map.zoom_out'),
      'NavigationControl.ResetBearing': say('map.north'),
      'ScaleControl.Meters': say('map.metres'),
      'ScaleControl.Kilometers': say('map.kilometres'),
    })
    this.map.getCanvas().setAttribute('aria-label', say('map.label'))
    for (const control of this.controls ?? []) this.map.removeControl(control)
    this.controls = [new NavigationControl(), new ScaleControl({ maxWidth: 120, unit: 'metric' })]
    this.map.addControl(this.controls[0], 'top-left')
    this.map.addControl(this.controls[1], 'bottom-left')
  }

  remove(): void {
    this.map.remove()
  }

  private styleFor(look: Look): StyleSpecification {
    return { ...buildStyle(this.layers, look, tilesURL), ...(this.glyphs && { glyphs: this.glyphs }) }
  }

  private startCamera(camera: Camera | null, at: LonLat | null) {
    if (camera) return { center: [camera.lon, camera.lat] as [number, number], zoom: camera.zoom }
    if (at) return { center: [at.lon, at.lat] as [number, number], zoom: placeZoom }
    return { bounds: this.city.bounds, fitBoundsOptions: { padding: 28 } }
  }

  private listen(): void {
    const { map } = this
    map.on('load', () => {
      this.ready = true
      this.restyle(this.look)
      this.setMarks(this.marks)
      this.overlays.draw()
      this.drawFaults()
      this.drawPicked()
      this.tellCamera()
    })
    map.on('moveend', () => {
      this.tellCamera()
      this.drawNames()
    })
    map.on('render', () => (window.__idle = false))
    map.on('idle', () => {
      // New names start another render; the map rests when they stay the same.
      if (!this.drawNames()) window.__idle = true
    })
    map.on('error', (event) => this.events.tilesFailed(failureOf(event.error)))

    map.on('click', (event) => {
      const fault = this.faultPicked && this.query(event.point.x, event.point.y, clickReachPx, [faultMarks])[0]
      if (fault) {
        this.faultPicked?.(Number(fault.properties['index']))
        return
      }
      const one = this.placing ? null : caseOf(this.query(event.point.x, event.point.y, 0, [casePins]))
      if (!this.placing && this.claims?.(event.point, one !== null)) return
      if (one) {
        this.events.openCase(one)
        return
      }
      if (!this.placing && this.query(event.point.x, event.point.y, 0, [caseSums]).length > 0) {
        map.easeTo({ center: event.lngLat, zoom: Math.min(map.getZoom() + 2, caseZoom) })
        return
      }
      const component = this.componentAt(event.point.x, event.point.y)
      this.tellSquare(event.point, true)
      const { lng, lat } = event.lngLat.wrap()
      this.events.ask(roundPosition({ lon: lng, lat }), component)
    })
    map.getCanvas().addEventListener('keydown', (event) => {
      if (event.key !== 'Enter') return
      event.preventDefault()
      this.tellSquare(map.project(map.getCenter()), true)
      const { lng, lat } = map.getCenter().wrap()
      this.events.ask(roundPosition({ lon: lng, lat }), null)
    })
    map.on('mousemove', (event) => {
      const cells = this.query(event.point.x, event.point.y, 0, ['cells-area'])
      this.hover(String(cells[0]?.properties['code'] ?? ''))
      const pins = this.query(event.point.x, event.point.y, 0, [casePins, caseSums])
      this.tellCase(caseOf(pins))
      const over = pins.length > 0 || this.query(event.point.x, event.point.y, clickReachPx, [...componentDrawings, faultMarks]).length > 0
      const summed = this.tellSquare(event.point, false)
      map.getCanvas().classList.toggle('over-component', over || summed)
    })
    map.on('mouseout', () => {
      this.hover('')
      this.tellCase(null)
      this.events.square(null)
    })
    map.on('move', () => this.events.square(null))
  }

  private drawFaults(): void {
    this.map.getSource<GeoJSONSource>(faultSource)?.setData(faultFeatures(this.faults.findings))
  }

  private drawPicked(): void {
    const { findings, picked } = this.faults
    const shown = faultFeatures(picked === null ? [] : findings, picked)
    this.map.getSource<GeoJSONSource>(pickedSource)?.setData(shown)
  }

  private tellCamera(): void {
    const { lng, lat } = this.map.getCenter()
    this.events.camera({ lon: lng, lat, zoom: this.map.getZoom() })
  }

  private query(x: number, y: number, reachPx: number, ids: string[]): MapGeoJSONFeature[] {
    const there = ids.filter((id) => this.map.getLayer(id))
    if (there.length === 0) return []
    return this.map.queryRenderedFeatures(
      [[x - reachPx, y - reachPx], [x + reachPx, y + reachPx]],
      { layers: there },
    )
  }

  /** The component drawn nearest to a click; points win over lines and areas. */
  private componentAt(x: number, y: number): string | null {
    const found = this.query(x, y, clickReachPx, componentDrawings)
    const distancePx = (feature: MapGeoJSONFeature): number => {
      if (feature.geometry.type !== 'Point') return clickReachPx * 2
      const [lon = 0, lat = 0] = feature.geometry.coordinates
      const point = this.map.project([lon, lat])
      return Math.hypot(point.x - x, point.y - y)
    }
    let best: MapGeoJSONFeature | null = null
    for (const feature of found) if (!best || distancePx(feature) < distancePx(best)) best = feature
    const code: unknown = best?.properties['code']
    return typeof code === 'string' && code !== '' ? code : null
  }

  /** Says which square's circle is there; true if there is one. */
  private tellSquare({ x, y }: { x: number; y: number }, asked: boolean): boolean {
    const zoom = this.map.getZoom()
    const tileZoom = sumTileZoom(zoom)
    const layer = this.layers.find(({ id }) => id === 'components')
    const found = tileZoom === null || !layer ? [] : this.query(x, y, clickReachPx / 2, [sumLayer(tileZoom)])
    const middle = (feature: MapGeoJSONFeature) =>
      this.map.project((feature.geometry as Point).coordinates as [number, number])
    const away = (feature: MapGeoJSONFeature) => Math.hypot(middle(feature).x - x, middle(feature).y - y)
    const nearest = found.reduce<MapGeoJSONFeature | null>((best, one) => (best && away(best) <= away(one) ? best : one), null)
    if (!nearest || tileZoom === null || !layer) {
      this.events.square(null)
      return false
    }
    const at = middle(nearest)
    const shown = shownTotal(nearest.properties, this.look)
    this.events.square({
      x: at.x,
      y: at.y,
      radiusPx: sumRadius(shown, fullCount(layer, tileZoom), tileZoom, zoom),
      sideM: squareMetres(tileZoom, this.map.getCenter().lat),
      properties: nearest.properties,
      asked,
    })
    return true
  }

  private tellCase(id: string | null): void {
    if (id === this.overCase) return
    this.overCase = id
    this.events.overCase(id)
  }

  private hover(code: string): void {
    if (code === (this.hovered ?? '')) return
    const source = this.sourceOf('cells')
    if (!source) return
    const state = (id: string, hover: boolean) =>
      this.map.setFeatureState({ source, sourceLayer: 'cells', id }, { hover })
    if (this.hovered) state(this.hovered, false)
    this.hovered = code || null
    if (this.hovered) state(this.hovered, true)
  }

  private sourceOf(layer: string): string | undefined {
    return tileSources(this.layers).find((source) => source.layers.includes(layer))?.id
  }

  /** Draws a component symbol the moment a tile first asks for it. */
  private addSymbol(name: string): void {
    const symbol = readSymbolName(name)
    const pin = readPinName(name)
    const edge = paletteOf(this.look.dark).symbolEdge
    if (pin && !this.map.hasImage(name)) this.map.addImage(name, drawPin(pin.lamp, pin.colour, edge), { pixelRatio: 2 })
    if (!symbol || this.map.hasImage(name)) return
    this.map.addImage(name, drawSymbol(symbol.shape, symbol.colour, edge), { pixelRatio: 2 })
  }

  private apply(old: LayerSpecification, next: LayerSpecification): void {
    const differing = (a: object = {}, b: object = {}) =>
      [...new Set([...Object.keys(a), ...Object.keys(b)])]
        .map((name) => [name, (b as Record<string, unknown>)[name]] as const)
        .filter(([name, value]) => JSON.stringify((a as Record<string, unknown>)[name]) !== JSON.stringify(value))
    for (const [name, value] of differing(old.paint, next.paint)) {
      this.map.setPaintProperty(next.id, name as never, value as never)
    }
    for (const [name, value] of differing(old.layout, next.layout)) {
      this.map.setLayoutProperty(next.id, name as never, value as never)
    }
    if (next.type !== 'background' && old.type !== 'background') {
      if (JSON.stringify(old.filter) !== JSON.stringify(next.filter)) this.map.setFilter(next.id, next.filter ?? null)
    }
  }

  /** Names the areas in view; true if that changed what is drawn. */
  private drawNames(): boolean {
    if (!this.ready) return false
    const { clientWidth, clientHeight } = this.map.getContainer()
    const northWest = this.map.unproject([nameMarginPx.x, nameMarginPx.y])
    const southEast = this.map.unproject([clientWidth - nameMarginPx.x, clientHeight - nameMarginPx.y])
    const degreesPerPx = (southEast.lng - northWest.lng) / (clientWidth - 2 * nameMarginPx.x)
    const leastRoom = leastNameRoomPx * Math.max(0, degreesPerPx)
    const names = namePoints(this.piecesInView(), [northWest.lng, southEast.lat, southEast.lng, northWest.lat], leastRoom)
    const drawn = JSON.stringify(names)
    if (drawn === this.namesDrawn) return false
    this.namesDrawn = drawn
    this.map.getSource<GeoJSONSource>(namesSource)?.setData(names)
    return true
  }

  private *piecesInView(): Generator<AreaPiece> {
    const zoom = this.map.getZoom()
    for (const { layer, zooms: [from, to] } of nameLooks(paletteOf(this.look.dark))) {
      const source = this.sourceOf(layer)
      if (!source || !this.look.shown.has(layer) || zoom < from || zoom >= to) continue
      for (const { geometry, properties } of this.map.querySourceFeatures(source, { sourceLayer: layer })) {
        const code = String(properties['code'] ?? '')
        const name = String(properties['name'] ?? code)
        const polygons: Position[][][] =
          geometry.type === 'Polygon' ? [geometry.coordinates]
          : geometry.type === 'MultiPolygon' ? geometry.coordinates
          : []
        for (const rings of polygons) yield { layer, code, name, rings }
      }
    }
  }
}

/** The HTTP status says more to an operator than the library's sentence with a long URL in it. */
function failureOf(error: unknown): string {
  if (typeof error === 'object' && error !== null && 'status' in error) return `HTTP ${String(error.status)}`
  return error instanceof Error ? error.message : ''
}

declare global {
  interface Window {
    /** For tests: true once nothing more is to be drawn. */
    __idle?: boolean
    /** For tests: the map, and a promise of its next rest. */
    wanmi?: { map: MapLibre; idle(): Promise<void> }
  }
}

/** Hangs the test hooks on the window; they read, and change nothing. */
export function exposeForTests(view: MapView): void {
  window.wanmi = {
    map: view.map,
    idle: () =>
      new Promise((resolve) => {
        const look = () => (window.__idle ? resolve() : setTimeout(look, 50))
        look()
      }),
  }
}
