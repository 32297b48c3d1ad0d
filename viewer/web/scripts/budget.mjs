// Prints the gzip size of every built file and fails over the budget: scripts,
// styles and the map worker together. A hall's old machines load this once per
// release, over whatever line they have.
import { readdirSync, readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'

const budgetKB = 640
const dist = new URL('../../dist/', import.meta.url)

const rows = readdirSync(dist, { recursive: true })
  .filter((name) => /\.(m?js|css)$/.test(name))
  .map((name) => ({ name, gzipKB: gzipSync(readFileSync(new URL(name, dist)), { level: 9 }).length / 1024 }))
  .sort((a, b) => b.gzipKB - a.gzipKB)

if (rows.length === 0) {
  console.error('budget: nothing is built; run `npm run build` first')
  process.exit(1)
}
let totalKB = 0
for (const { name, gzipKB } of rows) {
  totalKB += gzipKB
  console.log(`${gzipKB.toFixed(1).padStart(8)} KB gz  ${name}`)
}
console.log(`${totalKB.toFixed(1).padStart(8)} KB gz  total, budget ${budgetKB} KB`)
if (totalKB > budgetKB) {
  console.error(`budget: ${(totalKB - budgetKB).toFixed(1)} KB over`)
  process.exit(1)
}
