export interface PauseWishes {
  /** What the server says. */
  told: (pausedAt: string | null) => void
  /** Applies at once, and again what the server said before if `send` fails; its error is thrown. */
  wish: (pausedAt: string | null, send: () => Promise<unknown>) => Promise<void>
}

/**
 * Where one answer is held: what was pressed here until the server has it, else what the server says. Wishes reach the server
 * in the order in which they were made. `apply` is called at every change.
 */
export function createPauseWishes(pausedAt: string | null, apply: (pausedAt: string | null) => void): PauseWishes {
  let told = pausedAt
  let applied = pausedAt
  let newest: { pausedAt: string | null } | undefined
  let sending: Promise<unknown> = Promise.resolve()

  const update = () => {
    const next = newest ? newest.pausedAt : told
    if (next === applied) return
    applied = next
    apply(next)
  }

  return {
    told(next) {
      told = next
      update()
    },
    async wish(next, send) {
      const mine = { pausedAt: next }
      newest = mine
      update()
      const sent = sending.then(send)
      sending = sent.catch(() => undefined)
      try {
        await sent
        told = next
      } finally {
        if (newest === mine) newest = undefined
        update()
      }
    },
  }
}
