// Heat: what is asked, how it is shown, and the answers as they come in. Made when its
// panel is first opened; the page writes its items into the link.
import type { LonLat } from '../api/answers'
import {
  areaLevels, heatServer, scales, type AreaLevel, type Domain, type Facets, type HeatAreas, type HeatDescription, type HeatValue, type Legend, type Quality,
} from '../api/heat'
import { asFailure, loading, type Loadable } from '../api/server'
import { moved, movedTo, steps, type Step } from '../heat/days'
import { sequential } from '../heat/palettes'
import { allWords, everything, filterWords, questionItems, readQuestion, type Question } from '../heat/question'
import { Scrub } from '../heat/scrub'
import { readShading, shade, shadingItems, usual, type Shades, type Shading } from '../heat/shades'
import type { Reading } from '../map/heat'

export const forms = ['density', 'clusters', 'areas'] as const
export type Form = (typeof forms)[number]

/** What a map that is played waits for besides its next frame. */
export const speedsMs = [1600, 800, 400] as const

/** What changes by moving a slider is in the link once it rests. */
const writeMs = 200
/** A draft tells so many levels as one of the full answer's. */
const draftStep = 16
/** Cases that come in change heat at most so often. */
const newsMs = 30_000

/** The place explained. */
export class Explained {
  readonly at: LonLat
  answer: Loadable<HeatValue> = $state.raw(loading)
  readonly stop = new AbortController()

  constructor(at: LonLat) {
    this.at = at
  }
}

export class Heat {
  question: Question = $state.raw(everything)
  look: Shading = $state.raw(usual)
  form: Form = $state('density')
  by: AreaLevel = $state('zone')

  /** The answer last had stays while another is on its way. */
  answer: Loadable<HeatDescription> = $state.raw(loading)
  /** What it answers. */
  answered: Question = $state.raw(everything)
  /** Whose tiles the map draws. */
  seen: HeatDescription | null = $state.raw(null)
  busy: boolean = $state(false)
  facets: Loadable<Facets> = $state.raw(loading)
  areas: Loadable<HeatAreas> = $state.raw(loading)
  /** A legend that others are shown in. */
  lock: { legend: Legend; domain: Domain } | null = $state.raw(null)

  reading: Reading | null = $state.raw(null)
  explained: Explained | null = $state.raw(null)
  tilesFailed: string = $state('')

  step: Step = $state('month')
  speed: number = $state(1)
  playing: boolean = $state(false)

  readonly description: HeatDescription | null = $derived(this.answer.is === 'ready' ? this.answer.value : null)
  /** What is told in numbers: always of the tiles that are drawn, and never of those on their way. */
  readonly told: HeatDescription | null = $derived((this.form === 'density' ? this.seen : null) ?? this.description)
  readonly draft: boolean = $derived(this.told?.legend.quality === 'draft')
  /** Whether the server can leave out piles of cases at one position. */
  readonly hasPiles: boolean = $derived(this.description?.filter.includes('piles') ?? false)
  /** What colours are told by: the locked legend, else the answer's. */
  readonly scale: { legend: Legend; domain: Domain } | null = $derived(this.lock ?? this.told)

  /** Something a link carries is another. */
  changed: () => void = () => undefined
  /** Tiles of a description are wanted soon. */
  ahead: (description: HeatDescription) => void = () => undefined
  /** The answer is seen. */
  drawn: () => Promise<void> = () => Promise.resolve()
  /** Where a click is meant: the pixel that is drawn there. */
  snap: (at: LonLat) => LonLat = (at) => at

  private stop = new AbortController()
  private facetsStop = new AbortController()
  private areasStop = new AbortController()
  private areasOf = ''
  private locked = false // by the reader, and not only while it plays
  private next: { key: string; description: Promise<HeatDescription> } | null = null
  private timer: ReturnType<typeof setTimeout> | undefined
  private writing: ReturnType<typeof setTimeout> | undefined
  private news: ReturnType<typeof setTimeout> | undefined
  private soon: ReturnType<typeof setTimeout> | undefined
  private readonly scrub = new Scrub(async () => {
    await this.load('draft')
    await this.drawn()
  }, () => this.ask(this.question), (then) => requestAnimationFrame(then))

  shades(dark: boolean): Shades | null {
    return this.scale && shade(this.scale.legend, this.scale.domain, this.look, dark)
  }

  takeItems(items: readonly string[]): void {
    this.question = readQuestion(items)
    this.look = readShading(items, scales, sequential)
    const said = (word: string) => items.find((item) => item.startsWith(`${word}:`))?.slice(word.length + 1)
    this.form = forms.find((known) => known === said('form')) ?? 'density'
    this.by = areaLevels.find((known) => known === said('by')) ?? 'zone'
    this.step = steps.find((known) => known === said('step')) ?? 'month'
    const [lon, lat] = (said('at') ?? '').split('_').map(Number)
    if (lon !== undefined && lat !== undefined && Number.isFinite(lon) && Number.isFinite(lat)) this.explain({ lon, lat }, true)
    else this.closeExplained(true)
  }

  /** Another link: back, forward, or edited by hand. */
  follow(items: readonly string[]): void {
    if (items.join() === this.items().join()) return
    this.pause()
    this.takeItems(items)
    void this.start()
  }

  items(): string[] {
    const items = [...questionItems(this.question), ...shadingItems(this.look)]
    if (this.form !== 'density') items.push(`form:${this.form}`)
    if (this.form === 'areas' && this.by !== 'zone') items.push(`by:${this.by}`)
    if (this.step !== 'month') items.push(`step:${this.step}`)
    if (this.explained) items.push(`at:${this.explained.at.lon}_${this.explained.at.lat}`)
    return items
  }

  /** Asks another question; `soonMs` waits for what comes right after. */
  ask(question: Question, soonMs = 0): void {
    this.question = question
    this.scrub.stop()
    clearTimeout(this.soon)
    const go = () => {
      this.changed()
      void this.load()
      void this.loadFacets()
      if (this.explained) this.explain(this.explained.at, true)
    }
    if (soonMs > 0) this.soon = setTimeout(go, soonMs)
    else go()
  }

  /** The hand moves to another question: drafts of it follow until the hand rests. */
  slide(question: Question): void {
    this.pause()
    clearTimeout(this.soon)
    this.question = question
    // Areas, and what there is no draft of, wait for the hand.
    this.scrub.move(this.form !== 'areas' && question.mode === 'density')
  }

  /** The hand moves, but not the period. */
  hold(): void {
    if (this.scrub.moving) this.scrub.move(false)
  }

  /** The hand lets go. */
  rest(): void {
    this.scrub.rest()
  }

  wear(look: Partial<Shading>): void {
    this.look = { ...this.look, ...look }
    // Browsers stop a page that writes its address at every move of a slider.
    clearTimeout(this.writing)
    this.writing = setTimeout(() => this.changed(), writeMs)
  }

  show(form: Form): void {
    this.form = form
    this.changed()
    void this.load()
  }

  count(by: AreaLevel): void {
    this.by = by
    this.changed()
    void this.loadAreas()
  }

  toggleLock(): void {
    this.locked = !this.locked
    this.lock = this.locked && this.told ? { legend: this.told.legend, domain: this.told.domain } : null
    if (!this.locked) void this.load()
  }

  async start(): Promise<void> {
    await Promise.all([this.load(), this.loadFacets()])
  }

  /** A case has come in or changed. */
  heard(): void {
    this.news ??= setTimeout(() => {
      this.news = undefined
      if (this.playing || this.scrub.moving) return
      void this.load()
      void this.loadFacets()
    }, newsMs)
  }

  /** Asks what heat means under the question. */
  async load(quality: Quality = 'full'): Promise<void> {
    if (this.form === 'areas') void this.loadAreas()
    this.stop.abort()
    this.stop = new AbortController()
    const { signal } = this.stop
    const { question } = this
    this.busy = quality === 'full'
    if (this.answer.is !== 'ready') this.answer = loading
    try {
      const words = this.words(question, quality)
      const value = await (this.next?.key === JSON.stringify(words) ? this.next.description : heatServer.describe(words, signal))
      if (signal.aborted) return
      this.answered = question
      this.answer = { is: 'ready', value }
    } catch (cause) {
      if (!signal.aborted) {
        this.answered = question
        this.answer = { is: 'failed', why: asFailure(cause) }
        this.pause()
      }
    } finally {
      if (!signal.aborted) this.busy = false
    }
  }

  async loadFacets(): Promise<void> {
    this.facetsStop.abort()
    this.facetsStop = new AbortController()
    const { signal } = this.facetsStop
    try {
      const value = await heatServer.facets(filterWords(this.question), signal)
      if (!signal.aborted) this.facets = { is: 'ready', value }
    } catch (cause) {
      if (!signal.aborted) this.facets = { is: 'failed', why: asFailure(cause) }
    }
  }

  async loadAreas(): Promise<void> {
    this.areasStop.abort()
    this.areasStop = new AbortController()
    const { signal } = this.areasStop
    const words = filterWords(this.question)
    const key = JSON.stringify([this.by, words])
    if (this.areas.is === 'ready' && this.areasOf === key) return
    if (this.areasOf !== key) this.areas = loading
    try {
      const value = await heatServer.areas(this.by, words, signal)
      if (signal.aborted) return
      this.areasOf = key
      this.areas = { is: 'ready', value }
    } catch (cause) {
      if (!signal.aborted) this.areas = { is: 'failed', why: asFailure(cause) }
    }
  }

  /** Explains a place; one that is already the middle of a pixel stays as it is. */
  explain(at: LonLat, exact = false): void {
    if (!exact) this.still()
    this.explained?.stop.abort()
    const explained = new Explained(exact ? at : this.snap(at))
    const before = this.explained
    // The same place under another filter: its numbers stay until the new ones are there.
    if (before && before.at.lon === at.lon && before.at.lat === at.lat && before.answer.is === 'ready') explained.answer = before.answer
    this.explained = explained
    void this.loadExplained()
    if (!exact) this.changed()
  }

  async loadExplained(): Promise<void> {
    const { explained } = this
    if (!explained) return
    const { lon, lat } = explained.at
    const words = this.words(this.question)
    try {
      const value = await heatServer.value({ ...words, lon: lon.toFixed(7), lat: lat.toFixed(7) }, explained.stop.signal)
      if (this.explained === explained) explained.answer = { is: 'ready', value }
    } catch (cause) {
      if (this.explained === explained) explained.answer = { is: 'failed', why: asFailure(cause) }
    }
  }

  closeExplained(quietly = false): void {
    this.explained?.stop.abort()
    this.explained = null
    if (!quietly) this.changed()
  }

  /** Moves the period by its step, each frame in the legend of the first. */
  play(lastDay: string): void {
    const { from, to } = this.question
    if (!from || !to || !this.told || this.draft) return
    this.playing = true
    this.lock ??= { legend: this.told.legend, domain: this.told.domain }
    const quality = this.question.mode === 'density' ? 'draft' : 'full'
    const begin = moved(from, to, this.step, 1).to > lastDay ? this.firstAgain() : { from, to }
    const restMs = matchMedia('(prefers-reduced-motion: reduce)').matches ? speedsMs[0] : (speedsMs[this.speed] ?? speedsMs[0])
    const frame = async (period: { from: string; to: string }) => {
      if (!this.playing) return
      this.question = { ...this.question, ...period }
      const seen = performance.now()
      await this.load(quality)
      if (!this.playing) return
      await this.drawn()
      if (!this.playing) return
      const next = moved(period.from, period.to, this.step, 1)
      if (next.to > lastDay) {
        this.pause()
        return
      }
      const words = this.words({ ...this.question, ...next }, quality)
      const description = heatServer.describe(words, new AbortController().signal)
      this.next = { key: JSON.stringify(words), description }
      description.then((value) => this.ahead(value), () => undefined) // told when its turn comes
      this.timer = setTimeout(() => void frame(next), Math.max(restMs - (performance.now() - seen), 0))
    }
    void frame(begin)
  }

  pause(): void {
    clearTimeout(this.timer)
    if (!this.playing) return
    this.playing = false
    this.next = null
    if (!this.locked) this.lock = null
    this.ask(this.question)
  }

  /** What is asked about is what is there once all has come to rest. */
  private still(): void {
    this.pause()
    this.rest()
  }

  leave(): void {
    this.scrub.stop()
    for (const timer of [this.timer, this.soon, this.writing, this.news]) clearTimeout(timer)
    this.playing = false
    this.stop.abort()
    this.facetsStop.abort()
    this.areasStop.abort()
    this.closeExplained(true)
  }

  /** The first period of the same length that begins where the cases do. */
  private firstAgain(): { from: string; to: string } {
    const { from, to } = this.question
    const first = this.facets.is === 'ready' ? (this.facets.value.histogram.from ?? from) : from
    return movedTo(from, to, first)
  }

  private words(question: Question, quality: Quality = 'full') {
    const words = allWords(question)
    if (quality === 'draft') words['quality'] = quality
    if (this.lock && this.lock.legend.mode === (words['mode'] ?? 'density')) {
      words['quantum'] = String(this.lock.legend.quantum * (quality === 'draft' ? draftStep : 1))
      words['shift'] = String(this.lock.legend.decode.shift)
    }
    return words
  }
}
