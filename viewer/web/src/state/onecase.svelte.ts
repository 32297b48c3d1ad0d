// One case opened: its whole history, what its actor may do, and the step that
// is being taken.
import type { ChainAnswer } from '../api/answers'
import { desk, type CaseAnswer, type CaseDetails, type Decision, type EventKind, type Step } from '../api/cases'
import { asFailure, loading, server, type Failure, type Loadable } from '../api/server'
import { isOver } from '../cases/lamp'
import { newKey, type SignIn } from './signin.svelte'

/** Why a step was not taken. */
export type Refused =
  | { is: 'changed' } // by another, meanwhile: 412
  | { is: 'not-allowed'; why: Failure } // 422
  | { is: 'failed'; why: Failure }

export class OneCase {
  readonly id: string
  answer: Loadable<CaseAnswer> = $state.raw(loading)
  /** The whole chain where it lies, with names. */
  chain: ChainAnswer | null = $state.raw(null)
  /** Whose it would be by the rules of now, where no decision is stored with the case. */
  private trial: Decision | null = $state.raw(null)
  /** The city has no rules to decide by. */
  noRules: boolean = $state(false)
  /** The step whose form is open. */
  doing: EventKind | null = $state(null)
  sending: boolean = $state(false)
  refused: Refused | null = $state.raw(null)
  /** The step taken last, to say so. */
  took: EventKind | null = $state(null)

  /** The decision stored last, else a trial. */
  readonly decision: { decision: Decision; trial: boolean } | null = $derived.by(() => {
    if (this.answer.is !== 'ready') return null
    const stored = this.answer.value.decision ?? this.answer.value.events.findLast(({ decision }) => decision)?.decision
    if (stored) return { decision: stored, trial: false }
    return this.trial && { decision: this.trial, trial: true }
  })

  private readonly signIn: SignIn
  private key = newKey()
  private stop = new AbortController()
  private readonly gone = new AbortController()

  constructor(id: string, signIn: SignIn) {
    this.id = id
    this.signIn = signIn
  }

  get version(): number {
    return this.answer.is === 'ready' ? this.answer.value.case.version : 0
  }

  /** Asks for the case; quietly, if it is there already. */
  async load(): Promise<void> {
    this.stop.abort()
    this.stop = new AbortController()
    const { signal } = this.stop
    if (this.answer.is !== 'ready') this.answer = loading
    try {
      const value = await desk.one(this.id, this.signIn.token, signal)
      if (signal.aborted) return
      this.answer = { is: 'ready', value }
      void this.askAround(value.case)
    } catch (cause) {
      if (signal.aborted) return
      const why = asFailure(cause)
      if (why.status === 401 && this.signIn.token) {
        this.signIn.reject()
        return this.load()
      }
      // What is gone is gone; what did not answer leaves what is known.
      if (this.answer.is !== 'ready' || why.kind === 'not-found') this.answer = { is: 'failed', why }
    }
  }

  /** What is not stored with the case: the names of where it lies, and whose it would be. What does not answer is left out. */
  private async askAround(of: CaseDetails): Promise<void> {
    const { signal } = this.gone
    const [lon, lat] = of.position
    if (!this.chain) {
      try {
        this.chain = await server.chain({ lon, lat }, signal)
      } catch {
        this.chain = null
      }
    }
    if (this.decision || isOver(of.state)) return
    try {
      const { kind, category, condition, component } = of
      this.trial = await desk.decide({ lon, lat, kind, category, ...(condition && { condition }), ...(component && { component }) }, signal)
    } catch (cause) {
      this.noRules = asFailure(cause).status === 409
    }
  }

  begin(kind: EventKind): void {
    this.doing = kind
    this.refused = null
    this.took = null
    this.key = newKey()
  }

  leave(): void {
    this.doing = null
    this.refused = null
  }

  /** Takes a step, if the case is still as it is shown; says whether it was taken. */
  async take(step: Step): Promise<boolean> {
    if (this.sending || this.answer.is !== 'ready') return false
    this.sending = true
    this.refused = null
    try {
      await desk.step(this.id, this.version, step, this.key, this.signIn.token, this.gone.signal)
      this.key = newKey()
      await this.load()
      this.doing = null
      this.took = step.kind
      return true
    } catch (cause) {
      if (this.gone.signal.aborted) return false
      const why = asFailure(cause)
      // Only a request of which nobody knows whether it was done is repeated under its key.
      if (why.status > 0) this.key = newKey()
      const refused = refusal(why)
      if (refused.is !== 'failed') await this.load() // what is said of the case must be there
      this.refused = refused
      return false
    } finally {
      this.sending = false
    }
  }

  cancel(): void {
    this.stop.abort()
    this.gone.abort()
  }
}

export function refusal(why: Failure): Refused {
  if (why.status === 412) return { is: 'changed' }
  return why.status === 422 ? { is: 'not-allowed', why } : { is: 'failed', why }
}
