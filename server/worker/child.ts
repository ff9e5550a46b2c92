import { spawn } from 'node:child_process'

/** What a child tells its supervisor. */
export type ChildMessage =
  | { kind: 'ready' }
  /** Its event loop turns. Said every `ALIVE_MS`. */
  | { kind: 'alive' }
  /** It cannot work and never will; it has said why, and what a person has to do, on standard error. */
  | { kind: 'unusable' }

/** What a supervisor tells a child: finish or hand over within the drain time, end at once, or stand by no longer. */
export type SupervisorMessage = { kind: 'drain' } | { kind: 'stop' } | { kind: 'work' }

export const ALIVE_MS = 2_000
/**
 * A child that has been silent for so long hangs and is killed: its lease ran out long ago, and where it is the only
 * worker nobody else takes its place. Counted in missed messages, so that a machine that slept does not count.
 */
const HUNG_AFTER_MS = 30_000

export interface Child {
  send(message: SupervisorMessage): void
  kill(signal: NodeJS.Signals): void
  /** Resolves when the process has gone. */
  readonly exited: Promise<void>
}

/**
 * Without it V8 lets the garbage of thousands of streams grow to four times this size before it looks, which is more than
 * the streams themselves take (docs/benchmarks.md).
 */
const NODE_OPTIONS = ['--max-semi-space-size=16']

/** Starts one role of this program as a process of its own. The child ends by itself when its supervisor dies. */
export function startChild(
  command: { script: string; arguments: readonly string[] },
  onMessage: (message: ChildMessage) => void,
  { aliveMs = ALIVE_MS, hungAfterMs = HUNG_AFTER_MS } = {},
): Child {
  const child = spawn(process.execPath, [...NODE_OPTIONS, ...process.execArgv, command.script, ...command.arguments], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  let missed = 0
  const watch = setInterval(() => {
    if (++missed * aliveMs > hungAfterMs) child.kill('SIGKILL')
  }, aliveMs).unref()
  child.on('message', (message) => {
    missed = 0
    onMessage(message as ChildMessage)
  })
  const exited = new Promise<void>((resolve) => {
    const gone = () => {
      clearInterval(watch)
      resolve()
    }
    child.once('exit', gone)
    child.once('error', gone)
  })
  return {
    exited,
    send(message) {
      if (child.connected) child.send(message, () => {})
    },
    kill: (signal) => void child.kill(signal),
  }
}
