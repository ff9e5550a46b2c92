/** The names most like the given one, best first: for an error that helps. */
export function nearestNames(name: string, known: readonly string[], limit: number): string[] {
  const wanted = pairs(name)
  return known
    .map((candidate) => ({ candidate, likeness: likeness(wanted, pairs(candidate)) }))
    .toSorted((a, b) => b.likeness - a.likeness)
    .slice(0, limit)
    .map(({ candidate }) => candidate)
}

/** Neighbouring letters of the name: shared ones tell of misspelt, cut and reordered names alike. */
function pairs(name: string): Set<string> {
  const letters = name.slice(0, 200).toLowerCase()
  const found = new Set<string>()
  for (let index = 0; index < letters.length - 1; index++) found.add(letters.slice(index, index + 2))
  return found
}

/** Dice's coefficient, from 0 to 1. */
function likeness(a: Set<string>, b: Set<string>): number {
  if (a.size + b.size === 0) return 0
  let shared = 0
  for (const pair of a) if (b.has(pair)) shared++
  return (2 * shared) / (a.size + b.size)
}
