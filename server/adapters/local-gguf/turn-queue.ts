/** Lets one in at a time, in the order in which they came. */
export interface TurnQueue {
  /** Calls back once the turn has come; returns how to leave, be it before or after that. */
  enter(onTurn: () => void): () => void
}

export function createTurnQueue(): TurnQueue {
  /** The first one has its turn. */
  const waiting: (() => void)[] = []

  return {
    enter(onTurn) {
      let gone = false
      const turn = () => onTurn()
      waiting.push(turn)
      if (waiting.length === 1) turn()
      return () => {
        if (gone) return
        gone = true
        const place = waiting.indexOf(turn)
        waiting.splice(place, 1)
        if (place === 0) waiting[0]?.()
      }
    },
  }
}
