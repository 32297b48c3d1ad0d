// A hand that moves something faster than answers come: one frame at a time, always of
// the place where the hand is by then, and the whole answer once it rests.

/** A hand that has not moved for so long, after what it sees, rests. */
export const restMs = 300
/** A frame that takes longer gives way to the next. */
export const patienceMs = 800

export class Scrub {
  private readonly frame: () => Promise<unknown>
  private readonly rested: () => void
  private readonly drawn: (then: () => void) => void
  private moves = false
  /** The hand is elsewhere than the frame under way. */
  private waiting = false
  private running = false
  private timer: ReturnType<typeof setTimeout> | undefined

  /**
   * `frame` shows where the hand is, and ends once that is seen; a new one puts an end to
   * the one before. `drawn` waits for the browser's next picture: moves come with those.
   */
  constructor(frame: () => Promise<unknown>, rested: () => void, drawn: (then: () => void) => void) {
    this.frame = frame
    this.rested = rested
    this.drawn = drawn
  }

  get moving(): boolean {
    return this.moves
  }

  /** The hand has moved; `framed` if what lies on its way is to be seen. */
  move(framed: boolean): void {
    this.moves = true
    if (framed) this.waiting = true
    this.forget()
    if (this.running) return // a slow machine hands over its moves only once it has drawn
    if (framed) void this.run()
    else this.wait()
  }

  /** The hand lets go. */
  rest(): void {
    if (!this.moves) return
    this.stop()
    this.rested()
  }

  /** Something else is shown. */
  stop(): void {
    this.forget()
    this.moves = this.waiting = false
  }

  private forget(): void {
    clearTimeout(this.timer)
    this.timer = undefined
  }

  private wait(): void {
    const timer = (this.timer = setTimeout(() => this.drawn(() => {
      if (this.timer === timer) this.rest()
    }), restMs))
  }

  private async run(): Promise<void> {
    this.running = true
    while (this.waiting) {
      this.waiting = false
      let late: ReturnType<typeof setTimeout> | undefined
      await Promise.race([this.frame(), new Promise((done) => (late = setTimeout(done, patienceMs)))])
      clearTimeout(late)
    }
    this.running = false
    if (this.moves) this.wait()
  }
}
