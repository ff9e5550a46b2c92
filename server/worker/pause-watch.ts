import type { Clock } from '#server/ports/clock.ts'

/** A clock that is off by more than this from one beat to the next was set anew. */
const CLOCK_JUMP_MS = 1_000
const ROUNDS_AFTER_PAUSE = 1
const ROUNDS_AFTER_JUMP = 2

/**
 * Tells after each heartbeat whether leases of others that look expired can be trusted to be. After a pause (a locked
 * database, a machine that slept) or a jump of the clock they all look so: first everyone needs a round to extend them.
 */
export function createPauseWatch(clock: Pick<Clock, 'now'>, heartbeatMs: number): { afterBeat(): boolean } {
  let lastElapsedMs = performance.now()
  let lastNow = clock.now()
  let quietRounds = 0

  return {
    afterBeat() {
      const elapsedMs = performance.now() - lastElapsedMs
      const jumpMs = Math.abs(clock.now() - lastNow - elapsedMs)
      lastElapsedMs += elapsedMs
      lastNow = clock.now()
      if (jumpMs > CLOCK_JUMP_MS) quietRounds = ROUNDS_AFTER_JUMP
      else if (elapsedMs > 2 * heartbeatMs) quietRounds = Math.max(quietRounds, ROUNDS_AFTER_PAUSE)
      if (quietRounds === 0) return true
      quietRounds--
      return false
    },
  }
}
