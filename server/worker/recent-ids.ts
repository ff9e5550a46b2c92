const KEEP = 1_000

/** Remembers the last thousand ids that were added. */
export function createRecentIds(): { add(id: string): void; has(id: string): boolean } {
  const ids = new Set<string>()
  return {
    has: (id) => ids.has(id),
    add(id) {
      ids.add(id)
      if (ids.size <= KEEP) return
      for (const oldest of ids) {
        ids.delete(oldest)
        return
      }
    },
  }
}
