// What lies over the tiles and comes from the page's own state: rings around
// cases, the responsibility map. Remembers what to draw until the map is there.
import type { FeatureCollection, Geometry } from 'geojson'
import type { GeoJSONSource, Map as MapLibre, MapGeoJSONFeature } from 'maplibre-gl'
import type { CaseSummary } from '../api/cases'
import { dutyLayers, type ChangedCase, type DutyFeatures, type DutyLayer } from '../api/duty'
import { casePins, caseRings, ringFeatures, type Ring } from './cases'
import { dutySource, runSource } from './duty'

/** A new case's ring grows for this long, then it rests. */
const pulseMs = 12_000
const beatMs = 1400
const restPx = 17
const swingPx = 11

export type Rings = readonly { ring: Ring; one: Pick<CaseSummary, 'id' | 'position'> }[]

export class Overlays {
  private readonly map: MapLibre
  private ready = false
  private rings: Rings = []
  private readonly duty = new Map<DutyLayer, DutyFeatures>()
  private run: FeatureCollection<Geometry, ChangedCase> | null = null
  private pulseUntil = 0
  private pulsing = false
  private readonly calm = matchMedia('(prefers-reduced-motion: reduce)')

  constructor(map: MapLibre) {
    this.map = map
  }

  /** The style is there: everything is drawn that was asked for. */
  draw(): void {
    this.ready = true
    this.drawRings()
    for (const layer of dutyLayers) this.drawDuty(layer)
    if (this.run) this.drawRun()
  }

  /** Draws rings; one more new case lets the rings of new ones beat. */
  setRings(rings: Rings): void {
    const before = new Set(this.rings.filter(({ ring }) => ring === 'new').map(({ one }) => one.id))
    const came = rings.some(({ ring, one }) => ring === 'new' && !before.has(one.id))
    this.rings = rings
    this.drawRings()
    if (came) this.pulse()
  }

  setDuty(layer: DutyLayer, features: DutyFeatures): void {
    if (this.duty.get(layer) === features) return
    this.duty.set(layer, features)
    this.drawDuty(layer)
  }

  /** The cases that a dry run would send elsewhere; null for none. */
  setRun(changed: FeatureCollection<Geometry, ChangedCase> | null): void {
    if (changed === this.run) return
    this.run = changed
    this.drawRun()
  }

  private drawRun(): void {
    if (this.ready) this.map.getSource<GeoJSONSource>(runSource)?.setData(this.run ?? { type: 'FeatureCollection', features: [] })
  }

  private drawRings(): void {
    if (this.ready) this.map.getSource<GeoJSONSource>(caseRings)?.setData(ringFeatures(this.rings))
  }

  private drawDuty(layer: DutyLayer): void {
    const features = this.duty.get(layer)
    if (this.ready && features) this.map.getSource<GeoJSONSource>(dutySource(layer))?.setData(features)
  }

  private pulse(): void {
    if (this.calm.matches || !this.ready) return // the ring is there all the same
    this.pulseUntil = performance.now() + pulseMs
    if (this.pulsing) return
    this.pulsing = true
    const beat = (at: number) => {
      const over = at > this.pulseUntil || this.calm.matches
      const phase = over ? 0 : (at % beatMs) / beatMs
      if (this.map.getLayer('case-ring-new')) {
        this.map.setPaintProperty('case-ring-new', 'circle-radius', restPx + swingPx * phase)
        this.map.setPaintProperty('case-ring-new', 'circle-stroke-opacity', 1 - 0.75 * phase)
      }
      if (over) this.pulsing = false
      else requestAnimationFrame(beat)
    }
    requestAnimationFrame(beat)
  }
}

/** The id of the case whose pin is drawn over the others there. */
export function caseOf(found: readonly MapGeoJSONFeature[]): string | null {
  const code: unknown = found.find(({ layer }) => layer.id === casePins)?.properties['code']
  return typeof code === 'string' && code !== '' ? code : null
}
