// Who acts: a token, kept for this tab only. Nobody's name is asked for; what
// the token may do, the server says with each case.
const kept = 'wanmi.token'

/** Tokens of the demo's server, which takes them from its own machine only. */
export const demoTokens = [
  'demo', 'demo-supervisor', 'demo-operator', 'demo-dispatcher', 'demo-handler', 'demo-arbiter', 'demo-expert',
] as const

export class SignIn {
  token: string = $state(read())
  /** The server did not know the last one. */
  rejected: boolean = $state(false)

  /** The server does not know the token: better none than one that fails everywhere. */
  reject(): void {
    this.use('')
    this.rejected = true
  }

  use(token: string): void {
    this.token = token.trim()
    this.rejected = false
    try {
      if (this.token) sessionStorage.setItem(kept, this.token)
      else sessionStorage.removeItem(kept)
    } catch {
      return // a browser that keeps nothing: it lasts as long as the page
    }
  }
}

function read(): string {
  try {
    return sessionStorage.getItem(kept) ?? ''
  } catch {
    return ''
  }
}

/** A key for one request; crypto.randomUUID is missing on plain HTTP, which halls use. */
export function newKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}
