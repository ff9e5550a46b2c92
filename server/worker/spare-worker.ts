import { ALIVE_MS, type Child, type ChildMessage } from './child.ts'
import { wait } from './wait.ts'

/** Its start must not get in the way of what just started, or of what was just lost. */
const START_AFTER_MS = 1_500
/** One that has not said for so long that it lives may hang: it is of no use now. */
const FRESH_MS = 2 * ALIVE_MS + 500

export interface StartedWorker {
  workerId: string
  child: Child
}

export interface SpareWorker {
  /** The spare one, told to work from now on; undefined when there is none ready. Another is started for it. */
  take(): StartedWorker | undefined
  /** Ends the spare one, and starts no more. */
  stop(): Promise<void>
}

/**
 * Keeps one more worker started, but idle: a process takes some 300 ms of processor time to start, and answers that lost
 * their worker wait for nothing else.
 */
export function createSpareWorker(
  start: (onMessage: (message: ChildMessage) => void) => StartedWorker,
  startAfterMs = START_AFTER_MS,
): SpareWorker {
  const stopping = new AbortController()
  let spare: StartedWorker | undefined
  let ready = false
  let heardAt = 0
  let running = run()

  /** Resolves when there is none to look after any more: it was taken, or this was stopped. */
  async function run(): Promise<void> {
    while (await wait(startAfterMs, stopping.signal)) {
      ready = false
      const started = start((message) => {
        heardAt = performance.now()
        if (message.kind === 'ready' && spare === started) ready = true
      })
      spare = started
      await started.child.exited
      if (spare !== started) return
      spare = undefined
    }
  }

  return {
    take() {
      if (!spare || !ready) return undefined
      if (performance.now() - heardAt > FRESH_MS) {
        spare.child.kill('SIGKILL')
        return undefined
      }
      const taken = spare
      spare = undefined
      ready = false
      taken.child.send({ kind: 'work' })
      running = run()
      return taken
    },
    async stop() {
      stopping.abort()
      spare?.child.kill('SIGKILL')
      if (spare) await running
    },
  }
}
