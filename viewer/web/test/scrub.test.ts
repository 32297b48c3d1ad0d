import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { patienceMs, restMs, Scrub } from '../src/heat/scrub'

/** A hand, frames that end when they are told to, and how often all has come to rest. */
function hand() {
  const begun: number[] = []
  const ends: (() => void)[] = []
  let at = 0
  let rests = 0
  const scrub = new Scrub(() => {
    begun.push(at)
    return new Promise<void>((end) => ends.push(end))
  }, () => rests++, (then) => then())
  return {
    scrub, begun,
    to(place: number, framed = true) {
      at = place
      scrub.move(framed)
    },
    async end() {
      ends.shift()?.()
      await vi.advanceTimersByTimeAsync(0)
    },
    rests: () => rests,
  }
}

describe('what follows a hand', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it('is one frame at a time, always of the latest place', async () => {
    const { scrub, begun, to, end } = hand()
    for (const place of [1, 2, 3, 4]) to(place)
    expect(begun).toEqual([1])
    await end()
    expect(begun).toEqual([1, 4])
    await end()
    expect(begun).toEqual([1, 4])
    to(5)
    expect(begun).toEqual([1, 4, 5])
    scrub.stop()
  })

  it('gives a frame up that is late, for the next', async () => {
    const { begun, to, scrub } = hand()
    to(1)
    for (let ms = 0; ms < patienceMs; ms += 100) {
      await vi.advanceTimersByTimeAsync(100)
      to(ms)
    }
    await vi.advanceTimersByTimeAsync(0)
    expect(begun).toEqual([1, patienceMs - 200])
    scrub.stop()
  })

  it('comes to rest once, by itself or when the hand lets go', async () => {
    const one = hand()
    one.to(1)
    await vi.advanceTimersByTimeAsync(2 * restMs)
    expect(one.rests()).toBe(0) // what it has moved to is not seen yet
    await one.end()
    await vi.advanceTimersByTimeAsync(restMs - 1)
    one.to(2)
    await one.end()
    await vi.advanceTimersByTimeAsync(restMs - 1)
    expect([one.rests(), one.scrub.moving]).toEqual([0, true])
    await vi.advanceTimersByTimeAsync(1)
    expect([one.rests(), one.scrub.moving]).toEqual([1, false])
    one.scrub.rest()
    expect([one.rests(), one.begun]).toEqual([1, [1, 2]])

    const other = hand()
    other.to(1)
    other.scrub.rest()
    await vi.advanceTimersByTimeAsync(10 * restMs)
    expect([other.rests(), other.begun]).toEqual([1, [1]])
  })

  it('waits for the hand where nothing is to be seen on its way', async () => {
    const { begun, to, rests } = hand()
    to(1, false)
    to(2, false)
    await vi.advanceTimersByTimeAsync(restMs)
    expect([begun, rests()]).toEqual([[], 1])
  })
})
