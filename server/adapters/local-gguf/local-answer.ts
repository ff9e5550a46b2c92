import type { GenerationError } from '#protocol/provider-error.ts'
import { ProviderFailure, type ProviderEvent, type ProviderRequest } from '#server/ports/provider.ts'
import { createBatchQueue } from '#server/upstream/batch-queue.ts'
import type { ModelPrompt, Written } from './child-messages.ts'
import type { Asking, HostEnd, HostListener, HostTask, ModelHost } from './model-host.ts'
import { toModelPrompt } from './model-prompt.ts'
import type { TurnQueue } from './turn-queue.ts'

export interface LocalAnswerDependencies {
  host: ModelHost
  turns: TurnQueue
  /** Finds what a model's name means; throws a `ProviderFailure` when there is no such model, or nothing to run it. */
  findTask(model: string): Promise<HostTask>
  /** Why the runtime that was found cannot be used, and what to do. */
  unusable(reason: string): GenerationError
}

/** Streams one answer, as `Provider.stream` says; it waits for its turn first. */
export function createLocalAnswer(
  { host, turns, findTask, unusable }: LocalAnswerDependencies,
  request: ProviderRequest,
  signal: AbortSignal,
): AsyncIterator<readonly ProviderEvent[], undefined> {
  const queue = createBatchQueue(() => {})
  let asking: Asking | undefined
  let leaveQueue: (() => void) | undefined
  let started = false
  let over = false

  async function start(): Promise<void> {
    started = true
    if (signal.aborted) return finish([cancelled()])
    signal.addEventListener('abort', stop, { once: true })
    try {
      const { prompt, leftOut } = toModelPrompt(request)
      const task = await findTask(request.model)
      if (over) return
      leaveQueue = turns.enter(() => ask(task, prompt, leftOut))
      // The turn came at once, and so did the end.
      if (over) leaveQueue()
    } catch (error) {
      finish([{ type: 'error', error: errorOf(error) }])
    }
  }

  function ask(task: HostTask, prompt: ModelPrompt, leftOut: readonly string[]): void {
    const parameters = [...leftOut]
    if (parameters.length > 0) queue.add([{ type: 'left-out', parameters }])
    const listener: HostListener = {
      onMessage(message) {
        if (message.kind === 'wrote') return queue.add(message.written.map(toEvent))
        queue.add([{ type: 'left-out', parameters: [...parameters, ...message.parameters] }])
      },
      onEnd: (end) => finish(toEvents(end)),
    }
    try {
      asking = host.ask(task, prompt, listener)
    } catch (error) {
      // No process can be started at the moment: those behind must not wait for this one for ever.
      finish([{ type: 'error', error: errorOf(error) }])
    }
  }

  function toEvents(end: HostEnd): ProviderEvent[] {
    switch (end.kind) {
      case 'finished': {
        const { reason, rawReason, usage } = end
        return [
          { type: 'usage', usage },
          { type: 'finish', reason, rawReason },
        ]
      }
      case 'stopped':
        return [...(end.usage ? [{ type: 'usage' as const, usage: end.usage }] : []), cancelled()]
      case 'failed':
        return [{ type: 'error', error: end.error }]
      case 'unusable':
        return [{ type: 'error', error: unusable(end.reason) }]
    }
  }

  /** Whoever waits for a turn is gone at once; the model itself is to say that it has let go. */
  function stop(): void {
    if (over) return
    if (asking) asking.stop()
    else finish([cancelled()])
  }

  function finish(events: readonly ProviderEvent[]): void {
    if (over) return
    over = true
    signal.removeEventListener('abort', stop)
    queue.add(events)
    queue.close()
    leaveQueue?.()
  }

  return {
    next() {
      if (!started) void start()
      return queue.next()
    },
    return() {
      started = true
      stop()
      queue.discard()
      return Promise.resolve({ done: true, value: undefined })
    },
  }
}

function toEvent({ type, text, tokens }: Written): ProviderEvent {
  if (type === 'thought-end') return { type: 'reasoning-end' }
  const delta = { type: type === 'thought' ? ('reasoning-delta' as const) : ('text-delta' as const), text }
  return tokens === 1 ? delta : { ...delta, pieces: tokens }
}

function cancelled(): ProviderEvent {
  return { type: 'error', error: { kind: 'cancelled', message: 'The request was cancelled.', retryable: false } }
}

function errorOf(error: unknown): GenerationError {
  if (error instanceof ProviderFailure) return error.error
  return { kind: 'server', message: error instanceof Error ? error.message : String(error), retryable: false }
}
