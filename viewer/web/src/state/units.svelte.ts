// The names of units (责任单位): zones and components carry only their codes. A
// code is asked for once; until its name is known, or if it has none, the code
// is shown.
import { server } from '../api/server'

export class UnitNames {
  private names: ReadonlyMap<string, string> = $state.raw(new Map())
  private readonly asked = new Set<string>()

  nameOf(code: string): string {
    return this.names.get(code) ?? ''
  }

  learn(codes: readonly (string | null | undefined)[]): void {
    for (const code of codes) {
      if (!code || this.asked.has(code)) continue
      this.asked.add(code)
      void this.ask(code)
    }
  }

  private async ask(code: string): Promise<void> {
    try {
      const { properties } = await server.unit(code, new AbortController().signal)
      if (properties.name) this.names = new Map(this.names).set(code, properties.name)
    } catch {
      this.asked.delete(code) // the next answer that names it may ask again
    }
  }
}
