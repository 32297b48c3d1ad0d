// The responsibility map: which layers are shown, and what they hold.
import type { FeatureCollection, Geometry } from 'geojson'
import { SvelteMap } from 'svelte/reactivity'
import { desk, type CategoryRow } from '../api/cases'
import {
  dryRuns, dutyLayers, responsibility, type ChangedCase, type DryRun, type DutyFeatures, type DutyLayer, type QualityAnswer,
} from '../api/duty'
import { asFailure, idle, loading, type Loadable } from '../api/server'

export type { DutyLayer }

const classItem = 'class:'
/** How often a dry run that is under way is asked after. */
const againMs = 1000

export class Duty {
  /** What nobody owns is asked for by class: it waits until it is wanted. */
  shown: ReadonlySet<DutyLayer> = $state.raw(new Set<DutyLayer>(['overlaps', 'off-duty', 'returns']))
  readonly layers = new SvelteMap<DutyLayer, Loadable<DutyFeatures>>()
  quality: Loadable<QualityAnswer> = $state.raw(idle)
  categories: Loadable<CategoryRow[]> = $state.raw(idle)
  /** The class whose ground that nobody owns is shown: "component 0101". */
  of: string = $state('')

  /** A dry run looked at, and its changed cases. */
  run: Loadable<DryRun> = $state.raw(idle)
  changed: FeatureCollection<Geometry, ChangedCase> | null = $state.raw(null)
  private asked = 0

  /** Asks for a dry run until it is done. */
  async lookAt(id: string, token: string): Promise<void> {
    const turn = ++this.asked
    this.run = loading
    this.changed = null
    try {
      for (;;) {
        const run = await dryRuns.one(id, token, new AbortController().signal)
        if (turn !== this.asked) return
        this.run = { is: 'ready', value: run }
        if (run.state === 'done' || run.state === 'failed') break
        await new Promise((next) => setTimeout(next, againMs))
        if (turn !== this.asked) return
      }
      if (this.run.is !== 'ready' || this.run.value.state !== 'done') return
      const changed = await dryRuns.points(id, token, new AbortController().signal)
      if (turn === this.asked) this.changed = changed
    } catch (cause) {
      if (turn === this.asked) this.run = { is: 'failed', why: asFailure(cause) }
    }
  }

  leaveRun(): void {
    this.asked++
    this.run = idle
    this.changed = null
  }

  /** From a link; only names that are known count. */
  show(items: readonly string[]): void {
    this.shown = new Set(dutyLayers.filter((layer) => items.includes(layer)))
    const of = items.find((item) => item.startsWith(classItem))?.slice(classItem.length)
    if (of) this.choose(of)
  }

  items(): string[] {
    return [...this.shown, ...(this.of ? [`${classItem}${this.of}`] : [])]
  }

  /** Shows what nobody owns of another class. */
  choose(of: string): void {
    if (of === this.of) return
    this.of = of
    if (this.shown.has('nobody')) void this.load('nobody')
    else this.layers.delete('nobody')
  }

  toggle(layer: DutyLayer): void {
    this.shown = new Set(dutyLayers.filter((known) => (known === layer) !== this.shown.has(known)))
  }

  at(layer: DutyLayer): Loadable<DutyFeatures> {
    return this.layers.get(layer) ?? idle
  }

  /** Asks for what is shown and not there yet. */
  fill(): void {
    if (this.categories.is === 'idle') void this.loadCategories()
    for (const layer of this.shown) if (this.at(layer).is === 'idle') void this.load(layer)
    if (this.quality.is === 'idle') void this.loadQuality()
  }

  async load(layer: DutyLayer): Promise<void> {
    const { of } = this
    if (layer === 'nobody' && !of) return // a class must be chosen first
    const [kind = '', category = ''] = of.split(' ')
    this.layers.set(layer, loading)
    const latest = () => layer !== 'nobody' || of === this.of
    try {
      const value = await responsibility.layer(layer, of ? [kind, category] : null, new AbortController().signal)
      if (latest()) this.layers.set(layer, { is: 'ready', value })
    } catch (cause) {
      if (latest()) this.layers.set(layer, { is: 'failed', why: asFailure(cause) })
    }
  }

  async loadCategories(): Promise<void> {
    this.categories = loading
    try {
      const { categories } = await desk.categories(new AbortController().signal)
      const minors = categories.filter(({ major }) => major !== '')
      this.categories = { is: 'ready', value: minors }
      const [first] = minors
      if (first && !this.of) this.choose(`${first.kind} ${first.code}`)
    } catch (cause) {
      this.categories = { is: 'failed', why: asFailure(cause) }
    }
  }

  async loadQuality(): Promise<void> {
    this.quality = loading
    try {
      this.quality = { is: 'ready', value: await responsibility.quality(new AbortController().signal) }
    } catch (cause) {
      this.quality = { is: 'failed', why: asFailure(cause) }
    }
  }
}
