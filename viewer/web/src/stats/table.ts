// Tables of statistics: what stands in a cell as the server gave it, how rows
// are put in order, and the same as CSV.
import type { Figure, Interval } from '../api/stats'
import type { MessageKey } from '../i18n/messages'

export type Cell = string | Figure | Interval

/** How the cells of a column are written. */
export type CellKind =
  | 'name' | 'text' | 'class' | 'count' | 'number' | 'short' | 'chance' | 'share' | 'shares' | 'interval' | 'hour' | 'ranks'
  /** A month's number, a weekday's with an hour, and words of the server. */
  | 'month' | 'weekhour' | 'role' | 'part'

export interface Column {
  id: string
  label: MessageKey
  kind: CellKind
}

/** Whether the cells of a column are words, which start at the left. */
export const isWords = ({ kind }: Column): boolean => ['name', 'text', 'class', 'weekhour', 'role', 'part'].includes(kind)

export interface Row {
  /** What ties the row to its features on the map. */
  key: string
  /** '' where there is none: of a class of its own it is not. */
  class: string
  cells: Record<string, Cell>
}

export interface Table {
  columns: readonly Column[]
  rows: readonly Row[]
}

export interface Order {
  column: string
  down: boolean
}

/** What a cell is put in order by: an interval by its lower end. */
const rankOf = (cell: Cell | undefined): string | Figure => (typeof cell === 'object' && cell !== null ? cell.low : (cell ?? null))

/** The rows in an order; what has no figure comes last either way, and ties stay as they came. */
export function inOrder(rows: readonly Row[], order: Order | null): readonly Row[] {
  if (!order) return rows
  const { column, down } = order
  return rows
    .map((row, at) => ({ row, at, by: rankOf(row.cells[column]) }))
    .sort((a, b) => {
      if (a.by === null || b.by === null) return Number(a.by === null) - Number(b.by === null) || a.at - b.at
      const less = typeof a.by === 'number' && typeof b.by === 'number' ? a.by - b.by : String(a.by).localeCompare(String(b.by), 'zh-CN', { numeric: true })
      return (down ? -less : less) || a.at - b.at
    })
    .map(({ row }) => row)
}

/** The next order on a click of a column's head: figures from the greatest, words from the first. */
export function turned(order: Order | null, column: Column): Order {
  if (order?.column === column.id) return { column: column.id, down: !order.down }
  return { column: column.id, down: !(isWords(column) || ['chance', 'ranks', 'month'].includes(column.kind)) }
}

/** Rows that have a text in their name, code or words. */
export function found(rows: readonly Row[], columns: readonly Column[], text: string): readonly Row[] {
  const wanted = text.trim().toLowerCase()
  if (wanted === '') return rows
  const words = columns.filter(({ kind }) => kind === 'name' || kind === 'text').map(({ id }) => id)
  return rows.filter(({ key, cells }) => [key, ...words.map((id) => cells[id])].some((word) => String(word ?? '').toLowerCase().includes(wanted)))
}

/** Comma-separated values (RFC 4180) with the exact figures; intervals make two columns. */
export function toCSV({ columns, rows }: Table, label: (key: MessageKey) => string, ends: readonly [low: string, high: string]): string {
  const isPair = ({ kind }: Column) => kind === 'interval' || kind === 'shares' || kind === 'ranks'
  const head = ['key', ...columns.flatMap((column) => (isPair(column) ? ends.map((end) => `${label(column.label)} ${end}`) : [label(column.label)]))]
  const lines = rows.map(({ key, cells }) => [
    key,
    ...columns.flatMap((column): (string | Figure)[] => {
      const cell = cells[column.id] ?? null
      if (typeof cell === 'object' && cell !== null) return [cell.low, cell.high]
      return isPair(column) ? [null, null] : [cell]
    }),
  ])
  return [head, ...lines].map((line) => `${line.map(field).join(',')}\r\n`).join('')
}

function field(value: string | Figure): string {
  if (value === null) return ''
  if (typeof value === 'number') return String(value)
  // A program that calculates must not take a name for a formula.
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
