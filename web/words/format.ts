const LOCALE = 'en'

const whole = new Intl.NumberFormat(LOCALE, { maximumFractionDigits: 0 })
const ordinals = new Intl.PluralRules(LOCALE, { type: 'ordinal' })
const clock = new Intl.DateTimeFormat(LOCALE, { hour: '2-digit', minute: '2-digit', second: '2-digit', hour12: false })
/** As wide as a digit. */
const FIGURE_SPACE = '\u2007'
const SUFFIXES: Record<string, string> = { one: 'st', two: 'nd', few: 'rd' }

export function count(value: number): string {
  return whole.format(value)
}

export function ordinal(value: number): string {
  return `${whole.format(value)}${SUFFIXES[ordinals.select(value)] ?? 'th'}`
}

/** A measured duration in the unit one would say: `0.4 s`, `12 s`, `2 min 05 s`. */
export function seconds(ms: number): string {
  const value = Math.max(0, ms) / 1000
  if (value < 1) return `${value < 0.095 ? value.toFixed(2) : value.toFixed(1)} s`
  return elapsed(ms)
}

/** How long something has gone on: whole seconds, and seconds of two digits once there are minutes. */
export function elapsed(ms: number): string {
  const value = Math.floor(Math.max(0, ms) / 1000)
  if (value < 60) return `${value} s`
  return `${Math.floor(value / 60)} min ${String(value % 60).padStart(2, '0')} s`
}

/** How long is left, at least a second while anything is; keeps its width over the last ten seconds of a longer wait. */
export function countdown(ms: number, wholeMs: number): string {
  const text = elapsed(Math.ceil(ms / 1000) * 1000)
  return text.length < 4 && wholeMs > 9000 ? `${FIGURE_SPACE}${text}` : text
}

export function rate(perSecond: number): string {
  return perSecond < 10 ? perSecond.toFixed(1) : whole.format(perSecond)
}

export function timeOfDay(at: number): string {
  return clock.format(at)
}
