import { setTimeout as delay } from 'node:timers/promises'
import { childrenOf, commandOf, isAlive, kill } from './process-tree.ts'

const STOP_MS = 10_000

/** A supervisor and all children that it has had. */
export interface ProcessFamily {
  /** The living children that were started with this role. */
  pidsOf(role: string): number[]
  /** Asks the supervisor to stop and kills what outlasts `STOP_MS`, orphans of a killed supervisor too. */
  end(): Promise<void>
}

export function createProcessFamily(supervisorPid: number, script: string): ProcessFamily {
  const known = new Set([supervisorPid])

  function children(): number[] {
    const pids = childrenOf(supervisorPid)
    for (const pid of pids) known.add(pid)
    return pids
  }

  return {
    pidsOf: (role) => children().filter((pid) => commandOf(pid).includes(role)),
    async end() {
      children()
      kill(supervisorPid, 'SIGTERM')
      const deadline = Date.now() + STOP_MS
      while ([...known].some(isAlive) && Date.now() < deadline) await delay(25)
      children()
      // An orphan has no other name than its number: make sure that the number is still its own.
      for (const pid of known) if (commandOf(pid).includes(script)) kill(pid, 'SIGKILL')
    },
  }
}
