// One question "where is it": a position, perhaps a component, and the answers
// as they come in. Each answer stands alone, so one that fails can be asked
// again without losing the others.
import type { Feature } from 'geojson'
import type { ChainAnswer, ComponentFeature, ConvertAnswer, LonLat } from '../api/answers'
import { Failure, loading, server, type Loadable } from '../api/server'
import { roundPosition } from '../format'
import type { UnitNames } from './units.svelte'

/** How far to look for a component when none was clicked. */
export const nearestRadiusM = 30

export interface FoundComponent {
  feature: ComponentFeature
  /** From the position to the component; null when it was clicked itself. */
  distanceM: number | null
}

export class Place {
  position: LonLat = $state.raw({ lon: 0, lat: 0 })
  readonly componentCode: string | null
  chain: Loadable<ChainAnswer> = $state.raw(loading)
  /** Ready with null: there is none near by. */
  component: Loadable<FoundComponent | null> = $state.raw(loading)
  /** Ready with null: the city does not offer the conversion. */
  coordinates: Loadable<ConvertAnswer | null> = $state.raw(loading)
  cell: Feature | null = $state.raw(null)

  private readonly gcj02: boolean
  /** null where the city has no units to name. */
  private readonly units: UnitNames | null
  private readonly stop = new AbortController()
  private asking = false
  private askedMeanwhile = false
  /** Answers replace what is there without a word in between. */
  private quiet = false

  constructor(position: LonLat, componentCode: string | null, gcj02: boolean, units: UnitNames | null) {
    this.position = position
    this.componentCode = componentCode
    this.gcj02 = gcj02
    this.units = units
  }

  /**
   * Asks everything. A clicked component comes first: the question is then
   * about where it stands, not about the pixel that was hit.
   */
  askAll(): Promise<void> {
    return this.askInTurn(false)
  }

  /**
   * Asks everything anew after a change. What is shown stays until the answers
   * are there, and stays as it is where none comes: the line being down is told
   * elsewhere.
   */
  askAgain(): Promise<void> {
    return this.askInTurn(true)
  }

  /** One round at a time: an older answer must not come in after a newer one. */
  private async askInTurn(quiet: boolean): Promise<void> {
    this.askedMeanwhile = true
    if (this.asking) return
    this.asking = true
    this.quiet = quiet
    while (this.askedMeanwhile && !this.stop.signal.aborted) {
      this.askedMeanwhile = false
      await this.askEverything()
      this.quiet = true
    }
    this.asking = false
    this.quiet = false
  }

  private async askEverything(): Promise<void> {
    if (this.componentCode) {
      await this.askComponent()
      if (this.stop.signal.aborted) return
      if (this.component.is === 'ready' && this.component.value) {
        const { geometry, properties } = this.component.value.feature
        const [lon, lat] = properties.point ?? []
        if (geometry.type === 'Point' && lon !== undefined && lat !== undefined) {
          this.position = roundPosition({ lon, lat })
        }
      }
      await Promise.all([this.askChain(), this.askCoordinates()])
      return
    }
    await Promise.all([this.askChain(), this.askComponent(), this.askCoordinates()])
  }

  async askChain(): Promise<void> {
    await this.run<ChainAnswer>(
      this.chain,
      (answer) => (this.chain = answer),
      (stop) => server.chain(this.position, stop),
    )
    if (this.chain.is !== 'ready' || !this.chain.value.cell) return
    this.units?.learn([this.chain.value.zone?.unit])
    try {
      this.cell = await server.cell(this.chain.value.cell.code, this.stop.signal)
    } catch {
      this.cell = null // the answer stands without the cell's outline
    }
  }

  async askComponent(): Promise<void> {
    const code = this.componentCode
    await this.run<FoundComponent | null>(
      this.component,
      (answer) => (this.component = answer),
      async (stop) => {
        if (code) return { feature: await server.component(code, stop), distanceM: null }
        const { features } = await server.nearestComponents(this.position, nearestRadiusM, stop)
        const [feature] = features
        return feature ? { feature, distanceM: feature.properties.distance_m ?? null } : null
      },
    )
    if (this.component.is !== 'ready' || !this.component.value) return
    const { owner, maintainer, authority } = this.component.value.feature.properties
    this.units?.learn([owner, maintainer, authority])
  }

  askCoordinates(): Promise<void> {
    return this.run<ConvertAnswer | null>(
      this.coordinates,
      (answer) => (this.coordinates = answer),
      async (stop) => (this.gcj02 ? await server.convert(this.position, ['gcj02', 'bd09'], stop) : null),
    )
  }

  cancel(): void {
    this.stop.abort()
  }

  private async run<T>(
    shown: Loadable<T>,
    tell: (answer: Loadable<T>) => void,
    ask: (stop: AbortSignal) => Promise<T>,
  ): Promise<void> {
    const quiet = this.quiet && shown.is === 'ready'
    if (!quiet) tell(loading)
    try {
      const value = await ask(this.stop.signal)
      if (!this.stop.signal.aborted) tell({ is: 'ready', value })
    } catch (cause) {
      if (this.stop.signal.aborted) return
      const why = cause instanceof Failure ? cause : new Failure('unreadable', String(cause))
      // What is gone is gone; what did not answer leaves what is known.
      if (quiet && why.kind !== 'not-found') return
      tell({ is: 'failed', why })
    }
  }
}
