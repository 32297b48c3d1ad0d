// One statistic: the question in the form, the one that was asked, its answer and
// its map layer. It outlives its panel: who opens that again finds the answer.
import { isAnswer, statistics, type Answer, type Facets, type Job, type StatFeatures } from '../api/stats'
import { asFailure, Failure, idle, loading, type Loadable } from '../api/server'
import { bodyOf, readQuestion, sameQuestion, turnedTo, valueOf, withWord, type Question } from '../stats/question'
import { targetOf } from '../stats/target'

/** How often a job that is under way is looked at. */
const againMs = 400
/** How often a server that is starting is asked for counts. */
const startingMs = 3000

export type Run =
  | { is: 'idle' }
  /** `job` is null until the server has taken the question. */
  | { is: 'running'; job: Job | null }
  | { is: 'ready'; answer: Answer }
  | { is: 'failed'; why: Failure; job: Job | null }
  | { is: 'cancelled' }

const first: Question = { statistic: 'hotspots', filter: {}, parameters: {} }

export class Stats {
  /** As the form stands. */
  question: Question = $state.raw(first)
  /** As it was asked last. */
  asked: Question | null = $state.raw(null)
  run: Run = $state.raw({ is: 'idle' })
  layer: Loadable<StatFeatures> = $state.raw(idle)
  /** The key of the row that is looked at. */
  picked: string | null = $state(null)
  /** What there is to choose from, with how many cases each choice would give. */
  facets: Loadable<Facets> = $state.raw(idle)
  /** Told when an answer is there. */
  answered: ((answer: Answer) => void) | null = null
  /** The polygon of a target that was pasted: too long for a link. */
  pasted: string = $state('')

  /** A period was put into the form once; what is emptied after that stays empty. */
  offered = false

  private stop = new AbortController()
  private facetStop = new AbortController()
  private readonly token: () => string

  readonly answer: Answer | null = $derived(this.run.is === 'ready' ? this.run.answer : null)
  /** The form asks for something else than the answer is of. */
  readonly changed: boolean = $derived(this.asked !== null && !sameQuestion(this.asked, this.question))

  constructor(token: () => string) {
    this.token = token
    // Who leaves the page leaves no work behind that others wait for.
    addEventListener('pagehide', () => this.cancel())
  }

  /** Takes a question of a link; true if it is another than was asked. */
  take(items: readonly string[]): boolean {
    const read = readQuestion(items)
    if (!read || (this.asked && sameQuestion(read, this.asked))) return false
    this.question = read
    return true
  }

  turnTo(statistic: Question['statistic']): void {
    this.question = turnedTo(this.question, statistic)
  }

  choose(part: 'filter' | 'parameters', name: string, value: string): void {
    this.question = withWord(this.question, part, name, value)
    if (part === 'filter') void this.count()
  }

  /** All cases again. */
  clear(): void {
    this.question = { ...this.question, filter: {} }
    void this.count()
  }

  /** Asks the server, and follows the job to its end. */
  async ask(): Promise<void> {
    this.cancel()
    const { question } = this
    const { signal } = (this.stop = new AbortController())
    this.asked = question
    this.run = { is: 'running', job: null }
    this.layer = idle
    this.picked = null
    let job: Job | null = null
    try {
      const target = question.statistic === 'campaign' ? await targetOf(valueOf(question, { name: 'target', kind: 'target' }), this.pasted, signal) : null
      job = await statistics.ask(question.statistic, bodyOf(question, target), this.token(), signal)
      while (job.state === 'queued' || job.state === 'running') {
        this.run = { is: 'running', job }
        await pause(againMs, signal)
        job = await statistics.look(job.id, signal)
      }
      if (signal.aborted) return
      if (!isAnswer(job)) {
        this.run = { is: 'failed', why: new Failure('status', job.fault ?? '', 0), job }
        return
      }
      this.run = { is: 'ready', answer: job }
      this.answered?.(job)
    } catch (cause) {
      if (!signal.aborted) this.run = { is: 'failed', why: asFailure(cause), job }
      return
    }
    await this.loadLayer()
  }

  async loadLayer(): Promise<void> {
    const { answer } = this
    const { signal } = this.stop
    if (!answer?.layer) return
    this.layer = loading
    try {
      const value = await statistics.layer(answer.layer, signal)
      if (!signal.aborted) this.layer = { is: 'ready', value }
    } catch (cause) {
      if (!signal.aborted) this.layer = { is: 'failed', why: asFailure(cause) }
    }
  }

  /** Stops what is under way, on the server too. */
  cancel(): void {
    const { run } = this
    this.stop.abort()
    if (run.is !== 'running') return
    this.run = { is: 'cancelled' }
    // The server forgets a question that nobody waits for by itself; a job must be told.
    if (run.job) void statistics.drop(run.job.id, new AbortController().signal).catch(() => undefined)
  }

  /** Counts the cases beside every choice. */
  async count(): Promise<void> {
    this.facetStop.abort()
    const { signal } = (this.facetStop = new AbortController())
    for (;;) {
      try {
        const value = await statistics.facets({ ...this.question.filter }, signal)
        if (!signal.aborted) this.facets = { is: 'ready', value }
        return
      } catch (cause) {
        if (signal.aborted) return
        const why = asFailure(cause)
        this.facets = { is: 'failed', why }
        if (why.status !== 503) return
      }
      // A server that has just started still reads its cases.
      await pause(startingMs, signal).catch(() => undefined)
      if (signal.aborted) return
    }
  }

  /** Nobody looks at the choices any more. */
  stopCounting(): void {
    this.facetStop.abort()
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms)
    signal.addEventListener('abort', () => {
      clearTimeout(timer)
      reject(new Failure('network', 'cancelled'))
    })
  })
}
