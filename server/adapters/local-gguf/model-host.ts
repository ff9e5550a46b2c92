import { fork, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Usage } from '#protocol/events.ts'
import type { GenerationError } from '#protocol/provider-error.ts'
import type { ChildTask, FromChild, ModelPrompt, ToChild } from './child-messages.ts'

/** Keeps one model warm in a process of its own, and asks it one thing at a time. */
export interface ModelHost {
  /** Starts the process, or another one where another model is wanted. Nothing else may be asked before `onEnd`. */
  ask(task: HostTask, prompt: ModelPrompt, listener: HostListener): Asking
  /** Ends the process. */
  close(): void
}

export interface HostTask extends ChildTask {
  /** Another one when the file was replaced. */
  version: string
}

export interface HostListener {
  onMessage(message: Extract<FromChild, { kind: 'left-out' | 'wrote' }>): void
  /** Comes once, when the model has let go. */
  onEnd(end: HostEnd): void
}

export type HostEnd =
  | { kind: 'finished'; reason: 'stop' | 'length'; rawReason: string; usage: Usage }
  | { kind: 'stopped'; usage?: Usage }
  | { kind: 'failed'; error: GenerationError }
  | { kind: 'unusable'; reason: string }

export interface Asking {
  /** Has the model let go, by force where it does not obey. */
  stop(): void
}

export interface HostTimes {
  /** What a stop may take before the process is killed: a worker waits a second for the end it tells of. */
  obeyMs: number
  /** Longest silence once the answer has begun. Before that a model may be loading, or reading for long. */
  idleTimeoutMs: number
  /** A model that nobody asks for so long gives its memory back. */
  unloadMs: number
}

const CHILD = fileURLToPath(new URL('./child-main.ts', import.meta.url))
/** Of what a process says on standard error, the end is kept: native code says there why it dies. */
const LAST_WORDS = 500

/** `environment` is all that the process sees of this one's. */
export function createModelHost(
  { obeyMs, idleTimeoutMs, unloadMs }: HostTimes,
  environment: Record<string, string>,
): ModelHost {
  let child: Child | undefined
  let unload: NodeJS.Timeout | undefined
  let lastId = 0

  function childFor(task: HostTask): Child {
    if (child && child.isFor(task)) return child
    child?.kill()
    const started = startChild(task, environment, () => {
      if (child === started) child = undefined
    })
    child = started
    return started
  }

  return {
    ask(task, prompt, { onMessage, onEnd }) {
      clearTimeout(unload)
      const id = ++lastId
      const asked = childFor(task)
      let ended = false
      let stopping: NodeJS.Timeout | undefined
      let silence: NodeJS.Timeout | undefined
      let timedOut = false

      function end(how: HostEnd): void {
        if (ended) return
        ended = true
        clearTimeout(stopping)
        clearTimeout(silence)
        asked.listener = undefined
        unload = setTimeout(() => asked.kill(), unloadMs).unref()
        onEnd(stopping ? stoppedBy(how) : how)
      }

      asked.listener = {
        onMessage(message) {
          if (message.id !== id) return
          if (message.kind === 'ended') return end(toEnd(message))
          if (message.kind === 'failed' || message.kind === 'unusable') return end(message)
          clearTimeout(silence)
          silence = setTimeout(() => {
            timedOut = true
            asked.kill()
          }, idleTimeoutMs)
          onMessage(message)
        },
        onExit: (words) => end({ kind: 'failed', error: timedOut ? silent() : died(words) }),
      }
      asked.send({ kind: 'ask', id, prompt })
      return {
        stop() {
          if (ended || stopping) return
          stopping = setTimeout(() => asked.kill(), obeyMs)
          asked.send({ kind: 'stop', id })
        },
      }
    },
    close() {
      clearTimeout(unload)
      child?.kill()
    },
  }
}

interface Child {
  isFor(task: HostTask): boolean
  send(message: ToChild): void
  kill(): void
  listener: { onMessage(message: FromChild): void; onExit(words: string): void } | undefined
}

/** The process ends by itself when this one dies, and does not keep this one alive. */
function startChild(task: HostTask, environment: Record<string, string>, onExit: () => void): Child {
  const { version, ...toLoad } = task
  const forked: ChildProcess = fork(CHILD, { env: environment, stdio: ['ignore', 'ignore', 'pipe', 'ipc'] })
  let lastWords = ''
  let gone = false
  const child: Child = {
    isFor: (other) => other.version === version && other.runtime === task.runtime,
    send(message) {
      if (forked.connected) forked.send(message, () => {})
    },
    kill() {
      onExit()
      forked.kill('SIGKILL')
    },
    listener: undefined,
  }
  const exit = (how: string) => {
    if (gone) return
    gone = true
    onExit()
    child.listener?.onExit(lastWords === '' ? how : `${how}: ${lastWords.trim()}`)
  }
  forked.stderr?.setEncoding('utf8').on('data', (text: string) => {
    lastWords = (lastWords + text).slice(-LAST_WORDS)
  })
  forked.on('message', (message) => child.listener?.onMessage(message as FromChild))
  forked.once('exit', (code, signal) => exit(signal ?? `exit code ${code}`))
  forked.once('error', (error) => exit(error.message))
  forked.unref()
  forked.channel?.unref()
  child.send({ kind: 'load', task: toLoad })
  return child
}

/** Whoever wished a stop gets one, also where the answer was faster. */
function stoppedBy(how: HostEnd): HostEnd {
  return 'usage' in how && how.usage ? { kind: 'stopped', usage: how.usage } : { kind: 'stopped' }
}

function toEnd({ reason, rawReason, usage }: Extract<FromChild, { kind: 'ended' }>): HostEnd {
  return reason === 'stopped' ? { kind: 'stopped', usage } : { kind: 'finished', reason, rawReason, usage }
}

function died(how: string): GenerationError {
  return { kind: 'server', message: `The process that runs the model ended (${how}).`, retryable: true }
}

function silent(): GenerationError {
  return { kind: 'timeout', message: 'The model fell silent in the middle of its answer.', retryable: true }
}
