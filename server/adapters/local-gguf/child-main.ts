import type { ChildTask, FromChild, ToChild, Written } from './child-messages.ts'
import type { LlamaRuntime } from './llama-runtime.ts'
import { openModelSession, type ModelSession } from './model-session.ts'

/**
 * A process that holds one model. It belongs to a worker and dies with it; whoever wants it to let go at once kills it.
 */

/** Tokens that come within so long travel together. */
const GATHER_MS = 10

let session: Promise<ModelSession> | undefined
let task: ChildTask | undefined
let running: { id: number; stop: AbortController } | undefined

process.on('message', (message: ToChild) => {
  if (message.kind === 'load') task = message.task
  else if (message.kind === 'ask') void answer(message)
  else if (running?.id === message.id) running.stop.abort()
})
// Nothing that native code is doing may keep it alive.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'))
// From a terminal these reach all processes; the worker decides when this one ends.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {})

async function answer({ id, prompt }: Extract<ToChild, { kind: 'ask' }>): Promise<void> {
  const stop = new AbortController()
  running = { id, stop }
  const gather = createGatherer((written) => say({ kind: 'wrote', id, written }))
  const loaded = await open(id)
  if (!loaded) return
  try {
    const end = await loaded.answer(prompt, stop.signal, {
      onWritten: gather.add,
      onLeftOut: (parameter) => say({ kind: 'left-out', id, parameters: [parameter] }),
    })
    gather.flush()
    say('error' in end ? { kind: 'failed', id, error: end.error } : { kind: 'ended', id, ...end })
  } catch (error) {
    gather.flush()
    say({ kind: 'failed', id, error: { kind: 'server', message: wordsOf(error), retryable: true } })
  }
}

/** The model, loaded at the first question; undefined once it was said why it cannot be. */
async function open(id: number): Promise<ModelSession | undefined> {
  if (!task) throw new Error('asked before anything was to be loaded')
  let runtime: LlamaRuntime
  try {
    runtime = (await import(task.runtime)) as LlamaRuntime
  } catch (error) {
    say({ kind: 'unusable', id, reason: wordsOf(error) })
    return undefined
  }
  try {
    return await (session ??= openModelSession(runtime, task))
  } catch (error) {
    session = undefined
    if ((error as Error).name === 'NoBinaryFoundError') say({ kind: 'unusable', id, reason: wordsOf(error) })
    else {
      const message = `${task.modelName} could not be loaded: ${wordsOf(error)}`
      say({ kind: 'failed', id, error: { kind: 'server', message, retryable: false } })
    }
    return undefined
  }
}

function createGatherer(send: (written: Written[]) => void) {
  let gathered: Written[] = []
  let timer: NodeJS.Timeout | undefined

  function flush(): void {
    clearTimeout(timer)
    timer = undefined
    if (gathered.length > 0) send(gathered)
    gathered = []
  }

  return {
    flush,
    add(written: Written): void {
      const last = gathered.at(-1)
      if (last?.type === written.type && written.type !== 'thought-end') {
        last.text += written.text
        last.tokens += written.tokens
      } else gathered.push(written)
      timer ??= setTimeout(flush, GATHER_MS)
    },
  }
}

function say(message: FromChild): void {
  if (message.kind === 'ended' || message.kind === 'failed' || message.kind === 'unusable') running = undefined
  if (process.connected) process.send?.(message, () => {})
}

function wordsOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).slice(0, 1_000)
}
