// Removes the last build from ../dist, but keeps placeholder.html, the one
// committed file there. Vite's own emptyOutDir would delete it too.
import { readdirSync, rmSync } from 'node:fs'

const dist = new URL('../../dist/', import.meta.url)
for (const name of readdirSync(dist)) {
  if (name !== 'placeholder.html') rmSync(new URL(name, dist), { recursive: true })
}
