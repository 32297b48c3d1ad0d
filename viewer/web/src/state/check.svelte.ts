// The findings of the check, page by page, and the one that is looked at.
import type { CheckAnswer, CheckRule, Finding } from '../api/answers'
import { Failure, loading, server, type Loadable } from '../api/server'

const pageSize = 500
/** How long to wait before asking again for a check that is under way. */
const againMs = 1000

export class Check {
  /** The last page's answer: counts, rules, how many match. */
  answer: Loadable<CheckAnswer> = $state.raw(loading)
  /** The rule being checked on the server, '' before the first. */
  running: string = $state('')
  findings: readonly Finding[] = $state.raw([])
  picked: number | null = $state(null)
  /** A further page is on its way. */
  fetching: boolean = $state(false)
  /** The rules of the last answer: they stay while another rule is asked for. */
  rules: readonly CheckRule[] = $state.raw([])

  private rule = ''
  private next = ''
  private stop = new AbortController()

  readonly count: number = $derived(this.answer.is === 'ready' ? this.answer.value.matched : 0)

  /** Asks for the findings of a rule, '' for all, from the first. */
  async ask(rule: string): Promise<void> {
    this.cancel()
    this.stop = new AbortController()
    this.rule = rule
    this.findings = []
    this.picked = null
    this.next = ''
    this.answer = loading
    await this.fetch('')
  }

  /** Adds the next page, if there is one. */
  async more(): Promise<void> {
    if (this.next === '' || this.fetching) return
    await this.fetch(this.next)
  }

  get hasMore(): boolean {
    return this.next !== ''
  }

  pick(index: number): void {
    this.picked = index
  }

  /** Goes to the next (1) or the previous (-1) finding; from the last one on to the first. */
  async step(by: 1 | -1): Promise<void> {
    if (this.findings.length === 0) return
    const from = this.picked ?? (by > 0 ? -1 : 0)
    if (from + by >= this.findings.length) await this.more()
    this.picked = (from + by + this.findings.length) % this.findings.length
  }

  cancel(): void {
    this.stop.abort()
  }

  private async fetch(cursor: string): Promise<void> {
    const { signal } = this.stop
    this.fetching = true
    try {
      const answer = await this.finished(cursor, signal)
      if (signal.aborted) return
      this.findings = [...this.findings, ...answer.findings]
      this.next = answer.next ?? ''
      this.rules = answer.rules
      this.answer = { is: 'ready', value: answer }
    } catch (cause) {
      if (signal.aborted) return
      this.answer = { is: 'failed', why: cause instanceof Failure ? cause : new Failure('unreadable', String(cause)) }
    } finally {
      if (!signal.aborted) this.fetching = false
    }
  }

  /** Asks until the check is done. */
  private async finished(cursor: string, signal: AbortSignal): Promise<CheckAnswer> {
    for (;;) {
      const answer = await server.check(this.rule, cursor, pageSize, signal)
      if (!('state' in answer)) return answer
      if (!signal.aborted) this.running = answer.rule
      await pause(againMs, signal)
    }
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
