import { spawn } from 'node:child_process'

/** What a child tells its supervisor. */
export type ChildMessage =
  | { kind: 'ready' }
  /** It cannot work and never will; it has said why, and what a person has to do, on standard error. */
  | { kind: 'unusable' }

/** What a supervisor tells a child: finish or hand over within the drain time, or end at once. */
export type SupervisorMessage = { kind: 'drain' } | { kind: 'stop' }

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
): Child {
  const child = spawn(process.execPath, [...NODE_OPTIONS, ...process.execArgv, command.script, ...command.arguments], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  child.on('message', (message) => onMessage(message as ChildMessage))
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => resolve())
    child.once('error', () => resolve())
  })
  return {
    exited,
    send(message) {
      if (child.connected) child.send(message, () => {})
    },
    kill: (signal) => void child.kill(signal),
  }
}
