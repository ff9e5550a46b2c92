const LOCALE = 'en'

const whole = new Intl.NumberFormat(LOCALE, { maximumFractionDigits: 0 })
const ordinals = new Intl.PluralRules(LOCALE, { type: 'ordinal' })
const clock = new Intl.DateTimeFormat(LOCALE, { hour: '2-digit', minute: '2-digit', second: '2-digit', hour12: false })
const SUFFIXES: Record<string, string> = { one: 'st', two: 'nd', few: 'rd' }

export function count(value: number): string {
  return whole.format(value)
}

export function ordinal(value: number): string {
  return `${whole.format(value)}${SUFFIXES[ordinals.select(value)] ?? 'th'}`
}

/** A duration in the unit one would say: `0.4 s`, `12 s`, `2 min 5 s`. */
export function seconds(ms: number): string {
  const value = Math.max(0, ms) / 1000
  if (value < 1) return `${value < 0.095 ? value.toFixed(2) : value.toFixed(1)} s`
  if (value < 60) return `${Math.floor(value)} s`
  return `${Math.floor(value / 60)} min ${Math.floor(value % 60)} s`
}

export function rate(perSecond: number): string {
  return perSecond < 10 ? perSecond.toFixed(1) : whole.format(perSecond)
}

export function timeOfDay(at: number): string {
  return clock.format(at)
}
