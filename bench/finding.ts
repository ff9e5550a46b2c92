import { printTable } from './print-table.ts'

/** One line of a report. */
export interface Finding {
  goal: string
  what: string
  measured: string
  /** What was to be reached; empty where there is no goal. */
  limit: string
  reached: boolean | undefined
}

/** A figure without a goal. */
export function figure(goal: string, what: string, measured: string): Finding {
  return { goal, what, measured, limit: '', reached: undefined }
}

/** A figure that must not be above its limit; one that is no number has not reached it. */
export function atMost(goal: string, what: string, value: number, limit: number, show: Show): Finding {
  return { goal, what, measured: show(value), limit: `≤ ${show(limit)}`, reached: value <= limit }
}

export function printFindings(findings: readonly Finding[]): void {
  const words = (reached: boolean | undefined) => (reached === undefined ? '' : reached ? 'reached' : 'missed')
  const rows = findings.map(({ goal, what, measured, limit, reached }) => [goal, what, measured, limit, words(reached)])
  printTable(['goal', 'what', 'measured', 'goal', ''], rows)
}

export type Show = (value: number) => string

export const millis: Show = (value) => `${trim(value)} ms`
export const micros: Show = (value) => `${trim(value)} µs`
export const mebibytes: Show = (value) => `${trim(value / 2 ** 20)} MiB`
export const kibibytes: Show = (value) => `${trim(value / 2 ** 10)} KiB`
export const times: Show = (value) => `${value.toFixed(3).replace(/0+$/, '').replace(/\.$/, '')}×`
export const whole: Show = (value) => Math.round(value).toLocaleString('en')

/** Three digits that matter, at most two of them behind the point. */
function trim(value: number): string {
  if (!Number.isFinite(value)) return '–'
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2
  return String(Number(value.toFixed(digits)))
}
