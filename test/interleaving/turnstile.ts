import { setImmediate as nextTurn } from 'node:timers/promises'

/**
 * Lets several parties of one process go on one step at a time, in an order that a test chooses: whoever calls the backend
 * waits for a turn before the call and for another one after it. So a party can be overtaken or die between any two calls,
 * and also between a call and its answer.
 */
export interface Turnstile {
  /** Waits for a turn; of the dead nobody hears again. An abort lets one go on at once. */
  pass(party: string, signal?: AbortSignal): Promise<void>
  /** The same port, whose calls wait for turns. */
  gate<Port extends object>(party: string, port: Port): Port
  waiting(): readonly string[]
  /** Gives a turn to who waits at this place of the queue, and returns when nobody can go on without another turn. */
  letGo(place: number): Promise<void>
  kill(party: string): void
  /** Returns when nobody can go on without a turn. */
  calm(): Promise<void>
}

interface Turn {
  party: string
  take(): void
}

/** A promise that is settled by another one needs no more turns of the event loop than this. */
const CALM_TURNS = 3

export function createTurnstile(): Turnstile {
  let queue: Turn[] = []
  const dead = new Set<string>()
  let callsUnderWay = 0

  function pass(party: string, signal?: AbortSignal): Promise<void> {
    const turn = Promise.withResolvers<void>()
    if (dead.has(party)) return turn.promise
    if (signal?.aborted) return Promise.resolve()
    const entry = { party, take: turn.resolve }
    queue.push(entry)
    signal?.addEventListener('abort', () => {
      queue = queue.filter((other) => other !== entry)
      if (!dead.has(party)) turn.resolve()
    })
    return turn.promise
  }

  async function call<Result>(party: string, make: () => Promise<Result>): Promise<Result> {
    await pass(party)
    callsUnderWay++
    const result = await make().finally(() => callsUnderWay--)
    await pass(party)
    return result
  }

  async function calm(): Promise<void> {
    for (let turns = 0; turns < CALM_TURNS;) {
      await nextTurn()
      turns = callsUnderWay === 0 ? turns + 1 : 0
    }
  }

  return {
    pass,
    calm,
    gate(party, port) {
      const methods = Object.entries(port) as [string, (...args: unknown[]) => Promise<unknown>][]
      const gated = methods.map(([name, method]) => [name, (...args: unknown[]) => call(party, () => method(...args))])
      return Object.fromEntries(gated) as typeof port
    },
    waiting: () => queue.map(({ party }) => party),
    async letGo(place) {
      const [turn] = queue.splice(place, 1)
      turn?.take()
      await calm()
    },
    kill(party) {
      dead.add(party)
      queue = queue.filter((turn) => turn.party !== party)
    },
  }
}
