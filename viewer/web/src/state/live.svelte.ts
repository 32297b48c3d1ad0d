// The line to the server that tells what changed, and whether it stands. One a
// page, and only while the page is seen: browsers allow six connections to a
// server, and tabs in the background must not use them up.
import type { CaseNews } from '../api/cases'
import { server, serverURL } from '../api/server'
import { Stream, type AlarmNews, type DirtyTiles } from '../live/stream'

/** Two heartbeats: what is older may be out of date without anyone knowing. */
export const staleAfterMs = 30_000
const lookEveryMs = 1000

/** Who wants to know of changes: the map, and the answers on the page. */
export interface Follower {
  /** The line stands. What is asked for from now on misses nothing; `resumed`: what was asked for before neither. */
  opened?(resumed: boolean): void
  /** The city was at this version, or later, when the line stood. */
  standsAt?(version: number, resumed: boolean): void
  changed?(dirty: DirtyTiles): void
  changedAll?(missed: boolean): void
  case?(news: CaseNews): void
  alarm?(news: AlarmNews): void
}

export class Live {
  /** When the server was last heard, once that is too long ago; null while all is well. */
  silentSince: Date | null = $state.raw(null)

  private readonly followers = new Set<Follower>()
  private stream: Stream | null = null
  private lastSign = 0
  private stands = false
  private version: number | null = null

  /** Tells a follower from now on; returns how to stop. */
  follow(follower: Follower): () => void {
    this.followers.add(follower)
    if (this.stands) follower.opened?.(false)
    if (this.version !== null) follower.standsAt?.(this.version, false)
    return () => this.followers.delete(follower)
  }

  /** Listens for changes in these layers, for as long as the page is there. */
  start(layers: readonly string[]): void {
    if (this.stream || layers.length === 0) return
    this.stream = new Stream(serverURL(`v1/stream?layers=${layers.join(',')}`), {
      alive: () => this.heard(),
      opened: (resumed) => {
        this.stands = true
        for (const follower of this.followers) follower.opened?.(resumed)
        void this.askVersion(resumed)
      },
      tiles: (dirty) => {
        for (const follower of this.followers) follower.changed?.(dirty)
      },
      city: (missed) => {
        for (const follower of this.followers) follower.changedAll?.(missed)
      },
      case: (news) => {
        for (const follower of this.followers) follower.case?.(news)
      },
      alarm: (news) => {
        for (const follower of this.followers) follower.alarm?.(news)
      },
    })
    document.addEventListener('visibilitychange', () => this.attend())
    setInterval(() => this.look(), lookEveryMs)
    this.attend()
  }

  private attend(): void {
    this.lastSign = Date.now() // what was not listened for is not missed
    if (document.hidden) this.stream?.stop()
    else this.stream?.start()
  }

  /** The stream's ids count events, not cities: the city's version is asked for. */
  private async askVersion(resumed: boolean): Promise<void> {
    try {
      const { city_version } = await server.city(new AbortController().signal)
      this.version = city_version
      for (const follower of this.followers) follower.standsAt?.(city_version, resumed)
    } catch {
      // Without it nobody knows what is older.
      if (!resumed) for (const follower of this.followers) follower.changedAll?.(false)
    }
  }

  private heard(): void {
    this.lastSign = Date.now()
    this.silentSince = null
  }

  private look(): void {
    if (this.silentSince || document.hidden) return
    if (Date.now() - this.lastSign > staleAfterMs) this.silentSince = new Date(this.lastSign)
  }
}
