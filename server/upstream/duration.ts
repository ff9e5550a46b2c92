const UNIT_MS: ReadonlyMap<string, number> = new Map(
  Object.entries({
    ms: 1,
    millisecond: 1,
    s: 1_000,
    sec: 1_000,
    second: 1_000,
    m: 60_000,
    min: 60_000,
    minute: 60_000,
    h: 3_600_000,
    hour: 3_600_000,
    d: 86_400_000,
    day: 86_400_000,
  }),
)

const PIECE = /(\d+(?:\.\d+)?) ?([a-z]+)/g
const LONGEST_MS = 366 * 86_400_000

/** Milliseconds of a duration as vendors write it: `6m0s`, `20ms`, `7.66s`, `26 seconds`; undefined for anything else. */
export function durationMs(text: string): number | undefined {
  let total: number | undefined
  for (const [, amount, unit = ''] of text.toLowerCase().matchAll(PIECE)) {
    const factor = UNIT_MS.get(unit) ?? UNIT_MS.get(unit.replace(/s$/, ''))
    // The words after the duration end it.
    if (factor === undefined) break
    total = (total ?? 0) + Number(amount) * factor
  }
  return total === undefined || total > LONGEST_MS ? undefined : Math.ceil(total)
}
