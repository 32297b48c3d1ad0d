import type { Failure } from '../api/server'
import type { Say } from '../i18n/messages'

/** Cause and next step in one sentence or two. `what` names the thing asked for. */
export function explain(why: Failure, say: Say, what: string): string {
  switch (why.kind) {
    case 'network':
      return say('fail.network')
    case 'timeout':
      return say('fail.timeout', { seconds: why.seconds })
    case 'not-found':
      return say('fail.not_found', { what })
    case 'status':
      return say('fail.status', { status: why.status, detail: why.message })
    case 'unreadable':
      return say('fail.unreadable')
  }
}
