// The live cases: loaded once, then kept true by the stream. What is chosen in
// the list is chosen on the map too.
import { SvelteSet } from 'svelte/reactivity'
import { desk, type CaseSummary, type Lamp } from '../api/cases'
import { asFailure, idle, loading, type Loadable } from '../api/server'
import { isOver, lampAt } from '../cases/lamp'
import {
  countLamps, everything, facets, filterItems, fold, isEverything, matches, options, readFilter, sorted, withoutOld,
  type CaseMap, type Facet, type Filter, type Option, type Order,
} from '../cases/list'

const pageSize = 1000
/** More live cases than a list can be worked through with; the server has them all. */
export const mostCases = 5000
/** Of cases looked for in the past. */
const mostFound = 50
/** News are shown together: a hundred a second must not draw the list a hundred times. */
const gatherMs = 200
/** The list is asked for once the stream stands, so that nothing is missed between; without a stream, after this. */
const patienceMs = 1500
/** How often lamps, counts and order are told anew; the countdowns run by the second. */
const lookEveryMs = 5000

export class Cases {
  /** Whether the whole list is there. */
  loaded: Loadable<true> = $state.raw(idle)
  /** There are more live cases than are listed. */
  partial: boolean = $state(false)
  all: CaseMap = $state.raw(new Map())
  filter: Filter = $state.raw(everything)
  order: Order = $state('urgent')
  /** By the second. */
  now: number = $state(Date.now())
  /** The time that lamps and order are of. */
  lookedAt: number = $state(Date.now())
  /** What the server found among all cases, also those long over. */
  past: Loadable<CaseSummary[]> = $state.raw(idle)
  /** The case that is pointed at, in the list or on the map. */
  hovered: string | null = $state(null)
  /** What came in since it was last looked through. */
  readonly fresh = new SvelteSet<string>()
  freshSince: Date | null = $state.raw(null)

  /** Told of cases whose lamp has turned red. */
  turnedRed: ((cases: CaseSummary[]) => void) | null = null
  /** Told which cases changed. */
  changed: ((ids: ReadonlySet<string>) => void) | null = null

  private readonly openedAt = Date.now()
  private waiting: CaseSummary[] = []
  private gathering = false
  private red: ReadonlySet<string> = new Set()
  private stop = new AbortController()
  private finding = new AbortController()
  private started = false

  readonly lampCounts: Record<Lamp, number> = $derived(
    countLamps([...this.all.values()].filter((one) => matches(one, this.filter, this.lookedAt, 'lamp')), this.lookedAt),
  )
  readonly listed: CaseSummary[] = $derived(
    sorted([...this.all.values()].filter((one) => matches(one, this.filter, this.lookedAt)), this.order, this.lookedAt),
  )
  /**
   * When a lamp was last lit, and a moment more: until the next one is, the map's
   * lamps are those of this time, and nothing has to be drawn anew.
   */
  readonly litAt: number = $derived.by(() => {
    let lit = this.openedAt
    for (const { yellow_at, due_at } of this.all.values()) {
      for (const limit of [yellow_at, due_at]) {
        const at = limit ? Date.parse(limit) + 1000 : 0
        if (at > lit && at <= this.lookedAt) lit = at
      }
    }
    return lit
  })
  readonly overdue: number = $derived(countLamps(this.all.values(), this.lookedAt).red)
  readonly live: number = $derived([...this.all.values()].filter(({ state }) => !isOver(state)).length)

  /** Keeps the time, and has the list soon, from the first call on. */
  start(): void {
    if (this.started) return
    this.started = true
    setTimeout(() => {
      if (this.loaded.is === 'idle') void this.load()
    }, patienceMs)
    setInterval(() => (this.now = Date.now()), 1000)
    setInterval(() => this.look(), lookEveryMs)
  }

  /** Asks for the whole list; quietly, if there is one. */
  async load(): Promise<void> {
    this.stop.abort()
    this.stop = new AbortController()
    const { signal } = this.stop
    if (this.loaded.is !== 'ready') this.loaded = loading
    try {
      const known = new Map<string, CaseSummary>()
      let cursor = ''
      do {
        const page = await desk.list({ live: 'true', limit: pageSize, ...(cursor && { cursor }) }, '', signal)
        for (const one of page.cases) known.set(one.id, one)
        cursor = page.next ?? ''
      } while (cursor && known.size < mostCases)
      if (signal.aborted) return
      this.partial = cursor !== ''
      // What the stream told meanwhile may be newer than what the list says; what
      // is over is not in the list but stays for its day.
      const over = [...this.all.values()].filter(({ state }) => isOver(state))
      this.all = fold(fold(known, over), this.waiting)
      this.red = this.redNow()
      this.loaded = { is: 'ready', value: true }
    } catch (cause) {
      if (signal.aborted) return
      if (this.loaded.is !== 'ready') this.loaded = { is: 'failed', why: asFailure(cause) }
    }
  }

  /** Looks for a text among all cases, also those long over. */
  async findPast(text: string): Promise<void> {
    this.finding.abort()
    this.finding = new AbortController()
    const { signal } = this.finding
    this.past = loading
    try {
      const { cases } = await desk.list({ q: text, limit: mostFound }, '', signal)
      if (!signal.aborted) this.past = { is: 'ready', value: cases }
    } catch (cause) {
      if (!signal.aborted) this.past = { is: 'failed', why: asFailure(cause) }
    }
  }

  leavePast(): void {
    this.finding.abort()
    this.past = idle
  }

  heard(one: CaseSummary): void {
    this.waiting.push(one)
    if (this.gathering) return
    this.gathering = true
    this.take()
    setTimeout(() => {
      this.gathering = false
      this.take()
    }, gatherMs)
  }

  private take(): void {
    if (this.waiting.length === 0 || this.loaded.is === 'idle' || this.loaded.is === 'loading') return
    const news = this.waiting
    this.waiting = []
    for (const { id, state } of news) {
      if (this.all.has(id) || isOver(state)) continue
      this.fresh.add(id)
      this.freshSince ??= new Date()
    }
    this.all = fold(this.all, news)
    this.changed?.(new Set(news.map(({ id }) => id)))
    this.look()
  }

  /** Everything new was looked through. */
  seen(): void {
    this.fresh.clear()
    this.freshSince = null
  }

  optionsOf(facet: Facet): Option[] {
    return options(this.all.values(), facet, this.filter, this.lookedAt)
  }

  has(facet: Facet, value: string): boolean {
    return this.filter[facet].includes(value)
  }

  choose(filter: Filter): void {
    this.filter = filter
  }

  /** Chooses an option, or no longer. */
  toggle(facet: Facet, value: string): void {
    const chosen = this.filter[facet]
    this.filter = {
      ...this.filter,
      [facet]: chosen.includes(value) ? chosen.filter((other) => other !== value) : [...chosen, value],
    }
  }

  get isEverything(): boolean {
    return isEverything(this.filter)
  }

  get chosen(): number {
    return facets.reduce((sum, facet) => sum + this.filter[facet].length, 0)
  }

  items(): string[] {
    return filterItems(this.filter, this.order)
  }

  takeItems(items: readonly string[]): void {
    const { filter, order } = readFilter(items)
    this.filter = filter
    this.order = order
  }

  /** Tells lamps anew, and which have turned red. */
  private look(): void {
    this.lookedAt = Date.now()
    this.all = withoutOld(this.all, this.lookedAt)
    const red = this.redNow()
    const turned = [...red].filter((id) => !this.red.has(id)).flatMap((id) => this.all.get(id) ?? [])
    this.red = red
    if (turned.length > 0 && this.loaded.is === 'ready') this.turnedRed?.(turned)
  }

  private redNow(): ReadonlySet<string> {
    const now = Date.now()
    return new Set([...this.all.values()].filter((one) => lampAt(one, now) === 'red').map(({ id }) => id))
  }
}
