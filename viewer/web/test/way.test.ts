import { describe, expect, it } from 'vitest'
import { eventKinds, states, type CaseEvent, type EventKind, type State } from '../src/api/cases'
import { formOf, straightWay, wayOf } from '../src/cases/way'
import { formatPercent, formatWhen, sayCountdown, saySpan, sayReason, wordOf } from '../src/cases/words'
import { refusal } from '../src/state/onecase.svelte'
import { Failure } from '../src/api/server'
import { speaker } from '../src/i18n/messages'
import { deskEn } from '../src/i18n/desken'

const say = speaker('en')

function log(...kinds: EventKind[]): CaseEvent[] {
  return kinds.map((kind, index) => ({
    seq: index + 1, at: `2026-11-23T08:${String(index).padStart(2, '0')}:00+08:00`, kind, actor: { id: 'a', role: 'operator' },
  }))
}

const drawn = (state: State, ...kinds: EventKind[]): string =>
  wayOf(state, log(...kinds)).steps.map(({ kind, is }) => `${kind} ${is}`).join(', ')

describe('the way', () => {
  it('has done what is done and says what is next', () => {
    expect(drawn('reported', 'report')).toBe(
      'report done, register next, verify ahead, open ahead, dispatch ahead, accept ahead, handle ahead, feedback ahead, check ahead, close ahead',
    )
    expect(drawn('dispatched', 'report', 'register', 'verify', 'open', 'dispatch')).toBe(
      'report done, register done, verify done, open done, dispatch done, accept next, handle ahead, feedback ahead, check ahead, close ahead',
    )
  })

  it('shows what was left out, and does not wait for a step that may be', () => {
    expect(drawn('open', 'report', 'register', 'open')).toContain('verify skipped, open done, dispatch next')
    expect(drawn('registered', 'report', 'register')).toContain('verify ahead, open next')
    expect(drawn('done', 'report', 'register', 'open', 'dispatch', 'accept', 'feedback')).toContain('handle skipped, feedback done, check next')
  })

  it('goes back where the case went back', () => {
    const returned = wayOf('returned', log('report', 'register', 'open', 'dispatch', 'accept', 'return'))
    expect(returned.aside).toBe('returned')
    expect(returned.steps.find(({ is }) => is === 'next')?.kind).toBe('dispatch')
    const rework = wayOf('rework', log('report', 'register', 'open', 'dispatch', 'accept', 'handle', 'feedback', 'rework'))
    expect(rework.steps.find(({ is }) => is === 'next')?.kind).toBe('handle')
  })

  it('stands, while held, where it stood', () => {
    const held = wayOf('held', log('report', 'register', 'open', 'dispatch', 'accept', 'urge', 'hold'))
    expect(held.aside).toBe('held')
    expect(held.steps.find(({ is }) => is === 'next')?.kind).toBe('handle')
  })

  it('takes a ruling for a dispatch', () => {
    expect(drawn('dispatched', 'report', 'register', 'open', 'dispute', 'rule')).toContain('dispatch done, accept next')
  })

  it('of what is over waits for nothing', () => {
    for (const state of ['closed', 'void'] as const) expect(wayOf(state, log('report')).steps.some(({ is }) => is === 'next')).toBe(false)
    expect(drawn('closed', ...straightWay)).not.toMatch(/ahead|next|skipped/)
  })

  it('counts steps taken again', () => {
    const again = wayOf('dispatched', log('report', 'register', 'open', 'dispatch', 'return', 'dispatch'))
    expect(again.steps.find(({ kind }) => kind === 'dispatch')).toMatchObject({ times: 2, at: '2026-11-23T08:05:00+08:00' })
  })

  it('knows every state', () => {
    for (const state of states) expect(wayOf(state, log('report')).steps.length).toBe(straightWay.length)
  })
})

describe('the forms', () => {
  it('ask a unit of who dispatches and a score of who surveys', () => {
    expect(formOf('dispatch')).toEqual({ unit: 'needed', level: true })
    expect(formOf('rule')).toEqual({ unit: 'needed' })
    expect(formOf('survey')).toEqual({ score: 'needed' })
    expect(formOf('handle')).toEqual({})
  })
})

describe('the words', () => {
  it('know every state and every step in both languages', () => {
    for (const lang of ['zh', 'en'] as const) {
      for (const state of states) expect(wordOf('state', state, speaker(lang))).not.toBe(state)
      for (const kind of eventKinds) expect(wordOf('event', kind, speaker(lang))).not.toBe(kind)
    }
    expect(wordOf('state', 'something-later', say)).toBe('something-later')
    expect(wordOf('toString', 'constructor', say)).toBe('constructor')
  })

  it('tell times in the city, not in the reader\'s zone', () => {
    const at = '2026-11-22T23:30:00Z'
    const then = Date.parse(at)
    expect(formatWhen(at, 'en', 'Asia/Shanghai', then)).toBe('Nov 23, 07:30')
    expect(formatWhen(at, 'zh', 'Asia/Shanghai', then)).toBe('11月23日 07:30')
    expect(formatWhen('2021-03-01T00:00:00+08:00', 'zh', 'Asia/Shanghai', then)).toContain('2021年')
    // New Year's night: the year is the city's too.
    expect(formatWhen('2026-12-31T16:30:00Z', 'en', 'Asia/Shanghai', Date.parse('2026-12-31T15:00:00Z'))).toContain('2027')
    expect(formatWhen('never', 'en', 'Asia/Shanghai')).toBe('')
  })

  it('tell spans', () => {
    expect(saySpan(3 * 3_600_000 + 300_000, say, 'en')).toBe('3 h 5 min')
    expect(saySpan(90_000_000, speaker('zh'), 'zh')).toBe('1 天 1 小时')
    const one = { state: 'handling', held: false, due_at: '2026-11-23T08:00:00+08:00' } as never
    expect(sayCountdown(one, Date.parse('2026-11-23T00:10:00Z'), say, 'en')).toBe('10 min late')
  })

  it('never tell a probability as certainty', () => {
    expect(formatPercent(0.99999, 'en')).toBe('99.99 %')
    expect(formatPercent(1, 'zh')).toBe('100%')
    expect(formatPercent(0.9963, 'en')).toBe('99.63 %')
    expect(formatPercent(0.8149, 'en')).toBe('81 %')
    expect(formatPercent(0.00001, 'en')).toBe('0.01 %')
    expect(formatPercent(0, 'en')).toBe('0 %')
    for (let share = 0; share < 1; share += 0.0007) expect(formatPercent(share, 'zh')).not.toBe('100%')
  })

  it('say why a step is refused in ours where the reason is known', () => {
    expect(sayReason([{ message: 'handled-it' }], 'detail', say)).toBe(deskEn['why.handled-it'])
    expect(sayReason([{ message: 'role', value: 'not-yours' }], 'detail', say)).toBe(deskEn['why.role'])
    expect(sayReason([], 'detail of the server', say)).toBe('detail of the server')
  })
})

describe('a refusal', () => {
  it('is told apart by its status', () => {
    expect(refusal(new Failure('status', '', 412, 'version-mismatch')).is).toBe('changed')
    expect(refusal(new Failure('status', '', 422, 'event-not-allowed')).is).toBe('not-allowed')
    expect(refusal(new Failure('status', '', 401)).is).toBe('failed')
    expect(refusal(new Failure('network', '')).is).toBe('failed')
  })
})
