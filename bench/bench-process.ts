import { fork, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { processTree } from './process-usage.ts'

/** Time to end by itself before a process is killed. */
const GRACE_MS = 3_000

/** Every process that a benchmark started and that still runs. */
const running = new Set<ChildProcess>()

/** A process of the harness. It answers each message with one, in order, and ends when its parent is gone. */
export interface BenchProcess extends AsyncDisposable {
  pid: number
  /** Rejects when the process dies, or does not answer in time. */
  ask<Answer>(message: unknown, capMs: number): Promise<Answer>
}

export function startBenchProcess(script: URL): BenchProcess {
  const child = track(fork(script, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] }))
  return {
    pid: pidOf(child),
    async ask<Answer>(message: unknown, capMs: number) {
      const controller = new AbortController()
      const timer = setTimeout(() => controller.abort(new Error(`no answer within ${capMs} ms`)), capMs)
      const died = (code: number | null) => controller.abort(new Error(`a process of the harness ended with ${code}`))
      child.once('exit', died)
      try {
        child.send(message as object)
        const [answer] = await once(child, 'message', { signal: controller.signal })
        return answer as Answer
      } catch (error) {
        throw controller.signal.aborted ? controller.signal.reason : error
      } finally {
        clearTimeout(timer)
        child.off('exit', died)
      }
    },
    [Symbol.asyncDispose]: () => end(child),
  }
}

/** The other side of `ask`: runs in a process that `startBenchProcess` started. */
export function answerEach<Message>(answer: (message: Message) => unknown): void {
  const reply = async (message: Message) => process.send?.(await answer(message))
  process.on('message', (message) => void reply(message as Message))
  process.on('disconnect', () => process.exit())
}

/** A program under test. What it says on standard error is shown when it ends by itself. */
export function startProgram(arguments_: string[], options: { cwd: string; env: NodeJS.ProcessEnv }) {
  const child = track(spawn(process.execPath, arguments_, { ...options, stdio: ['ignore', 'ignore', 'pipe'] }))
  let said = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-4_000)))
  const ended = once(child, 'exit').then(([code]) => new Error(`the server ended with ${code}: ${said.trim()}`))
  return { pid: pidOf(child), ended, [Symbol.asyncDispose]: () => end(child) }
}

export async function endAllProcesses(): Promise<void> {
  await Promise.all([...running].map(end))
}

function track(child: ChildProcess): ChildProcess {
  running.add(child)
  child.once('exit', () => running.delete(child))
  return child
}

/** Ends a process and whatever it started. */
async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return
  const family = processTree(child.pid)
  const exited = once(child, 'exit')
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), GRACE_MS)
  await exited
  clearTimeout(timer)
  for (const pid of family) killLeftOver(pid)
}

function killLeftOver(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended, as it should.
  }
}

function pidOf(child: ChildProcess): number {
  if (child.pid === undefined) throw new Error('a process could not be started')
  return child.pid
}
