// The lamp of a case, told anew as time goes by: what the server says is as of
// its answer, and a case turns yellow and red without an event.
import type { CaseSummary, Lamp } from '../api/cases'

/** Most urgent first. */
export const lamps: readonly Lamp[] = ['red', 'yellow', 'green', 'grey']

/** States in which no clock runs any more. */
export const isOver = (state: string): boolean => state === 'closed' || state === 'void'

/** States before the clock runs. */
const undispatched: ReadonlySet<string> = new Set(['reported', 'registered', 'verified', 'open'])

const isHeld = (one: Pick<CaseSummary, 'state' | 'held'>): boolean => one.held || one.state === 'held'

type Timed = Pick<CaseSummary, 'state' | 'held' | 'yellow_at' | 'due_at'>

/** Grey: over, held, or without a limit. The due moment itself is still in time, as for the server. */
export function lampAt(one: Timed, now: number): Lamp {
  if (isOver(one.state) || isHeld(one) || !one.due_at) return 'grey'
  if (now > Date.parse(one.due_at)) return 'red'
  if (one.yellow_at && now > Date.parse(one.yellow_at)) return 'yellow'
  return 'green'
}

export type Countdown =
  | { is: 'waiting' } // nobody was given the case yet
  | { is: 'none' } // no limit
  | { is: 'held' }
  | { is: 'over'; onTime: boolean | null }
  | { is: 'left'; ms: number }
  | { is: 'late'; ms: number }

export function countdownAt(one: Timed & Pick<CaseSummary, 'on_time'>, now: number): Countdown {
  if (isOver(one.state)) return { is: 'over', onTime: one.on_time ?? null }
  if (isHeld(one)) return { is: 'held' }
  if (!one.due_at) return { is: undispatched.has(one.state) ? 'waiting' : 'none' }
  const ms = Date.parse(one.due_at) - now
  return ms >= 0 ? { is: 'left', ms } : { is: 'late', ms: -ms }
}

/** A length of time in its two largest units: 3 d 4 h, 2 h 5 min, 4 min 10 s, 9 s. */
export function spanParts(ms: number): { unit: 'day' | 'hour' | 'minute' | 'second'; value: number }[] {
  const seconds = Math.floor(Math.max(0, ms) / 1000)
  const parts = [
    { unit: 'day' as const, value: Math.floor(seconds / 86_400) },
    { unit: 'hour' as const, value: Math.floor(seconds / 3600) % 24 },
    { unit: 'minute' as const, value: Math.floor(seconds / 60) % 60 },
    { unit: 'second' as const, value: seconds % 60 },
  ]
  const first = parts.findIndex(({ value }) => value > 0)
  if (first < 0) return parts.slice(-1)
  return parts.slice(first, first + 2).filter(({ value }, index) => index === 0 || value > 0)
}
