// A case being reported: where it is comes from the map, what it is from the
// form, whose it would be from the server before anything is sent.
import { desk, type CategoryRow, type Created, type Deadline, type Decision, type Report } from '../api/cases'
import type { LonLat } from '../api/answers'
import { asFailure, idle, loading, server, type Failure, type Loadable } from '../api/server'
import { newKey } from './signin.svelte'

/** Typing settles for this long before a decision is asked for. */
const settleMs = 250

export class ReportForm {
  at: LonLat | null = $state.raw(null)
  kind: 'component' | 'event' = $state('event')
  category: string = $state('')
  condition: string = $state('')
  component: string = $state('')
  description: string = $state('')
  source: 'patrol' | 'public' = $state('patrol')
  /** The conditions of the class, once the server has told them. */
  conditions: Deadline[] = $state.raw([])
  categories: Loadable<CategoryRow[]> = $state.raw(loading)
  preview: Loadable<Decision> = $state.raw(idle)
  sending: boolean = $state(false)
  refused: Failure | null = $state.raw(null)

  private readonly token: () => string
  private key = newKey()
  private sent = ''
  private stop = new AbortController()
  private settling: ReturnType<typeof setTimeout> | undefined

  constructor(token: () => string) {
    this.token = token
    void this.loadCategories()
  }

  async loadCategories(): Promise<void> {
    this.categories = loading
    try {
      const { categories } = await desk.categories(new AbortController().signal)
      this.categories = { is: 'ready', value: categories }
    } catch (cause) {
      this.categories = { is: 'failed', why: asFailure(cause) }
    }
  }

  /** Another class has other conditions. */
  choose(kind: 'component' | 'event', category: string): void {
    this.kind = kind
    this.category = category
    this.condition = ''
    this.conditions = []
    this.component = ''
    this.look()
  }

  get report(): Report | null {
    if (!this.at || !this.category) return null
    const { at, kind, category, condition, component } = this
    return {
      ...at, kind, category,
      ...(condition.trim() && { condition: condition.trim() }),
      ...(kind === 'component' && component && { component }),
    }
  }

  /** The place was clicked, or a component there: then it is about that one. */
  async place(at: LonLat, component: string | null): Promise<void> {
    this.at = at
    this.component = ''
    if (component) await this.about(component)
    this.look()
  }

  private async about(code: string): Promise<void> {
    try {
      const { properties, geometry } = await server.component(code, new AbortController().signal)
      const [lon, lat] = geometry.type === 'Point' ? geometry.coordinates : (properties.point ?? [])
      if (lon !== undefined && lat !== undefined) this.at = { lon, lat }
      if (properties.category) this.choose('component', properties.category)
      this.kind = 'component'
      this.component = code
    } catch {
      return // the place stays; the form asks for the class
    }
  }

  /** Asks whose it would be, once the form rests. */
  look(): void {
    clearTimeout(this.settling)
    this.stop.abort()
    if (!this.report) {
      this.preview = idle
      return
    }
    this.settling = setTimeout(() => void this.decide(), settleMs)
  }

  private async decide(): Promise<void> {
    const { report } = this
    if (!report) return
    this.stop = new AbortController()
    const { signal } = this.stop
    this.preview = loading
    try {
      const value = await desk.decide(report, signal)
      if (signal.aborted) return
      this.preview = { is: 'ready', value }
      if (!report.condition) this.conditions = conditionsOf(value.deadlines ?? [])
    } catch (cause) {
      if (!signal.aborted) this.preview = { is: 'failed', why: asFailure(cause) }
    }
  }

  /** Sends the report; the same words again are the same case. */
  async send(): Promise<Created | null> {
    const { report } = this
    if (!report || this.sending) return null
    const whole = { ...report, source: this.source, ...(this.description.trim() && { description: this.description.trim() }) }
    const body = JSON.stringify(whole)
    if (this.sent && this.sent !== body) this.key = newKey()
    this.sent = body
    this.sending = true
    this.refused = null
    try {
      return await desk.report(whole, this.key, this.token(), new AbortController().signal)
    } catch (cause) {
      this.refused = asFailure(cause)
      return null
    } finally {
      this.sending = false
    }
  }

  cancel(): void {
    clearTimeout(this.settling)
    this.stop.abort()
  }
}

/** Each condition once: it may have a limit for each stage. */
function conditionsOf(deadlines: readonly Deadline[]): Deadline[] {
  const found = new Map(deadlines.map((deadline) => [deadline.condition, deadline]))
  return [...found.values()].filter(({ condition }) => condition !== '')
}
