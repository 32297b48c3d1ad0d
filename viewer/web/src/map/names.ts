// Where to write the names of areas. A tile holds only its piece of a zone or a
// cell, and MapLibre would name every piece; so the pieces in view are cut to
// the view here, the largest of each code is kept, and its name stands at the
// point of that piece farthest from its border.
import type { Feature, FeatureCollection, Point, Position } from 'geojson'

export interface AreaPiece {
  layer: string
  code: string
  name: string
  rings: Position[][]
}

export type Box = [west: number, south: number, east: number, north: number]

export interface NameProperties {
  layer: string
  code: string
  name: string
  /** The last three characters of the code: a cell's serial within its community. */
  short: string
}

/** Cuts a ring to the box (Sutherland and Hodgman); empty when nothing is left. */
export function cutToBox(ring: readonly Position[], [west, south, east, north]: Box): Position[] {
  const sides: { inside: (p: Position) => boolean; cross: (a: Position, b: Position) => Position }[] = [
    { inside: (p) => x(p) >= west, cross: (a, b) => crossing(a, b, 0, west) },
    { inside: (p) => x(p) <= east, cross: (a, b) => crossing(a, b, 0, east) },
    { inside: (p) => y(p) >= south, cross: (a, b) => crossing(a, b, 1, south) },
    { inside: (p) => y(p) <= north, cross: (a, b) => crossing(a, b, 1, north) },
  ]
  let left: Position[] = [...ring]
  for (const { inside, cross } of sides) {
    const kept: Position[] = []
    left.forEach((point, index) => {
      const before = left[(index + left.length - 1) % left.length] ?? point
      if (inside(point) !== inside(before)) kept.push(cross(before, point))
      if (inside(point)) kept.push(point)
    })
    left = kept
  }
  return left
}

const x = (p: Position) => p[0] ?? 0
const y = (p: Position) => p[1] ?? 0

function crossing(a: Position, b: Position, axis: 0 | 1, value: number): Position {
  const [from, to] = axis === 0 ? [x(a), x(b)] : [y(a), y(b)]
  const share = (value - from) / (to - from)
  return axis === 0 ? [value, y(a) + share * (y(b) - y(a))] : [x(a) + share * (x(b) - x(a)), value]
}

export function ringArea(ring: readonly Position[]): number {
  let twice = 0
  ring.forEach((point, index) => {
    const before = ring[(index + ring.length - 1) % ring.length] ?? point
    twice += x(before) * y(point) - x(point) * y(before)
  })
  return Math.abs(twice) / 2
}

/** Squared distance to the ring, negative outside it. */
function clearance(px: number, py: number, ring: readonly Position[]): number {
  let inside = false
  let least = Infinity
  for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
    const a = ring[i] ?? []
    const b = ring[j] ?? []
    if (y(a) > py !== y(b) > py && px < ((x(b) - x(a)) * (py - y(a))) / (y(b) - y(a)) + x(a)) inside = !inside
    const dx = x(b) - x(a)
    const dy = y(b) - y(a)
    const along = dx || dy ? Math.min(1, Math.max(0, ((px - x(a)) * dx + (py - y(a)) * dy) / (dx * dx + dy * dy))) : 0
    least = Math.min(least, (px - x(a) - along * dx) ** 2 + (py - y(a) - along * dy) ** 2)
  }
  return inside ? least : -least
}

/**
 * The point of a ring about farthest from its border: the best of a grid, then
 * twice a finer grid around the best. Good to a fiftieth of the ring's size,
 * which is finer than a letter; the exact search costs ten times as much.
 */
export function roomiestPoint(ring: readonly Position[]): { at: Position; room: number } {
  let [west, south, east, north] = boxOf(ring)
  let best: Position = [(west + east) / 2, (south + north) / 2]
  let bestClearance = clearance(x(best), y(best), ring)
  const steps = 8
  for (let round = 0; round < 3; round++) {
    const dx = (east - west) / steps
    const dy = (north - south) / steps
    for (let i = 0; i <= steps; i++) {
      for (let j = 0; j <= steps; j++) {
        const candidate: Position = [west + i * dx, south + j * dy]
        const room = clearance(x(candidate), y(candidate), ring)
        if (room > bestClearance) [best, bestClearance] = [candidate, room]
      }
    }
    ;[west, south, east, north] = [x(best) - dx, y(best) - dy, x(best) + dx, y(best) + dy]
  }
  return { at: best, room: Math.sqrt(Math.max(0, bestClearance)) }
}

function boxOf(ring: readonly Position[]): Box {
  const box: Box = [Infinity, Infinity, -Infinity, -Infinity]
  for (const p of ring) {
    box[0] = Math.min(box[0], x(p))
    box[1] = Math.min(box[1], y(p))
    box[2] = Math.max(box[2], x(p))
    box[3] = Math.max(box[3], y(p))
  }
  return box
}

/**
 * One named point per code in view, ordered by layer and code so that the same
 * view gives the same bytes. `leastRoom`, in degrees, is how far a name's point
 * must be from the border: a sliver at the edge of the view gets no name.
 */
export function namePoints(pieces: Iterable<AreaPiece>, view: Box, leastRoom: number): FeatureCollection<Point, NameProperties> {
  const largest = new Map<string, { piece: AreaPiece; ring: Position[]; area: number }>()
  for (const piece of pieces) {
    const [outer] = piece.rings
    if (!outer) continue
    const ring = cutToBox(outer, view)
    if (ring.length < 3) continue
    const key = `${piece.layer}/${piece.code}`
    const area = ringArea(ring)
    if (area > (largest.get(key)?.area ?? 0)) largest.set(key, { piece, ring, area })
  }
  const features = [...largest.entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, { piece, ring }]) => ({ piece, ...roomiestPoint(ring) }))
    .filter(({ room }) => room >= leastRoom)
    .map(({ piece, at }): Feature<Point, NameProperties> => ({
      type: 'Feature',
      geometry: { type: 'Point', coordinates: at },
      properties: { layer: piece.layer, code: piece.code, name: piece.name, short: piece.code.slice(-3) },
    }))
  return { type: 'FeatureCollection', features }
}
