// The case's way as steps: which are done, where it stands, what is ahead. A
// case may go round (return, rework, hold): the way shows the straight one, and
// says beside it where the case has left it.
import type { CaseEvent, EventKind, State } from '../api/cases'

/** The straight way; expert classes and 核实 may be left out on it. */
export const straightWay = [
  'report', 'register', 'verify', 'open', 'dispatch', 'accept', 'handle', 'feedback', 'check', 'close',
] as const satisfies readonly EventKind[]

/** How far along the straight way a state is: the index of its last step. */
const reached: Record<State, number> = {
  reported: 0, registered: 1, verified: 2, open: 3, dispatched: 4, accepted: 5, handling: 6, done: 7, checked: 8, closed: 9,
  returned: 3, disputed: 3, rework: 5, held: 0, void: 0,
}

/** States beside the straight way. */
const aside: readonly State[] = ['returned', 'disputed', 'rework', 'held', 'void']

export interface WayStep {
  kind: (typeof straightWay)[number]
  is: 'done' | 'skipped' | 'next' | 'ahead'
  /** The last time it was done. */
  at: string | null
  times: number
}

export interface Way {
  steps: WayStep[]
  /** The state, if it is none of the straight way. */
  aside: State | null
}

/** Where a case stood before it was held. */
function beforeHold(events: readonly CaseEvent[]): number {
  const made: Partial<Record<EventKind, State>> = {
    report: 'reported', register: 'registered', verify: 'verified', open: 'open', dispatch: 'dispatched', accept: 'accepted',
    handle: 'handling', feedback: 'done', check: 'checked', rework: 'rework', return: 'returned', dispute: 'disputed',
    rule: 'dispatched', close: 'closed', reopen: 'open',
  }
  for (const { kind } of [...events].reverse()) {
    const state = made[kind]
    if (state) return reached[state]
  }
  return 0
}

export function wayOf(state: State, events: readonly CaseEvent[]): Way {
  const at = state === 'held' || state === 'void' ? beforeHold(events) : reached[state]
  const steps = straightWay.map((kind, index): WayStep => {
    const done = events.filter((event) => event.kind === kind)
    const last = done.at(-1)?.at ?? null
    const ruled = kind === 'dispatch' && events.some((event) => event.kind === 'rule')
    const is = index <= at ? (done.length > 0 || ruled ? 'done' : 'skipped') : 'ahead'
    return { kind, is, at: index <= at ? last : null, times: done.length }
  })
  if (state !== 'void' && state !== 'closed') {
    // 核实 is asked for by some classes only, and is no step to wait for.
    const next = steps.find(({ is, kind }) => is === 'ahead' && kind !== 'verify')
    if (next) next.is = 'next'
  }
  return { steps, aside: aside.includes(state) ? state : null }
}

/** What a step may be told besides, and what it needs. */
export interface Form {
  unit?: 'needed' | 'optional'
  level?: true
  until?: 'optional'
  score?: 'needed'
  number?: 'optional'
}

export function formOf(kind: EventKind): Form {
  switch (kind) {
    case 'dispatch':
      return { unit: 'needed', level: true }
    case 'rule':
      return { unit: 'needed' }
    case 'hold':
      return { until: 'optional' }
    case 'survey':
      return { score: 'needed' }
    case 'register':
      return { number: 'optional' }
    default:
      return {}
  }
}

/** What undoes others' work asks for a reason in words. */
export const asksForNote: readonly EventKind[] = ['return', 'dispute', 'rework', 'void', 'rule', 'hold', 'reopen', 'extend', 'note']
