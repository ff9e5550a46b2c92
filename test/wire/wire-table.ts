import { compareOutcome } from './compare.ts'
import { decodeRecording } from './decode-recording.ts'
import { outcomeOfEvents } from './outcome.ts'
import { listRecordings, type Recording, type WireProtocol } from './recordings.ts'
import { WIRES } from './wires.ts'

/** What a line of `compareOutcome` is about, by how it begins. */
const COLUMNS = {
  text: /^text is/,
  reasoning: /^reasoning is/,
  finish: /^finish reason is/,
  usage: /^(input|output) tokens is/,
  tools: /^tool calls is/,
  error: /error|^status is|^retry after is/,
}

interface Row {
  folder: string
  protocol: WireProtocol
  recordings: number
  /** For each column how many recordings are read rightly. */
  right: Record<string, number>
}

/** How many recordings of each folder are read rightly, column by column, as a Markdown table. */
export function wireTable(): string {
  const rows = new Map<string, Row>()
  for (const protocol of Object.keys(WIRES) as WireProtocol[]) {
    for (const recording of listRecordings(protocol)) count(rows, protocol, recording)
  }
  const names = Object.keys(COLUMNS)
  const cells = [...rows.values()].map(({ folder, protocol, recordings, right }) => [
    folder,
    protocol,
    String(recordings),
    ...names.map((name) => `${right[name] ?? 0}/${recordings}`),
  ])
  return markdown([['recordings of', 'protocol', 'count', ...names], ...cells])
}

function count(rows: Map<string, Row>, protocol: WireProtocol, recording: Recording): void {
  const folder = recording.id.split('/').slice(0, 2).join('/')
  const row = rows.get(`${folder} ${protocol}`) ?? { folder, protocol, recordings: 0, right: {} }
  rows.set(`${folder} ${protocol}`, row)
  row.recordings++
  const wrong = compareOutcome(recording, outcomeOfEvents(decodeRecording(WIRES[protocol], recording)))
  const lines = wrong.map((line) => line.slice(recording.id.length + 2))
  for (const [name, pattern] of Object.entries(COLUMNS)) {
    if (!lines.some((line) => pattern.test(line))) row.right[name] = (row.right[name] ?? 0) + 1
  }
}

/** Aligned as the formatter of this project aligns tables. */
function markdown(table: readonly (readonly string[])[]): string {
  const widths = (table[0] ?? []).map((_, column) => Math.max(3, ...table.map((row) => row[column]?.length ?? 0)))
  const line = (row: readonly string[]) => `| ${row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(' | ')} |`
  const [head = [], ...rows] = table
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n')
}
