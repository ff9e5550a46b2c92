import type { LiveGeneration } from '#protocol/api/feed.ts'
import type { GenerationEvent } from '#protocol/events.ts'
import type { Logger } from '#server/domain/logger.ts'
import type { LogRow } from '#server/ports/event-log.ts'
import type { KnownGenerations } from './known-generations.ts'
import type { SharedTail } from './log-tail.ts'

/** Tells how the generations of a user stand, as the log says it, in whatever process they are written. */
export interface StateWatch {
  /** Until the returned function is called. Nobody listening, nothing is looked up. */
  listen(userId: string, listener: StateListener): () => void
}

export interface StateListener {
  /** In the order of each generation's log. May repeat what was so before. */
  changed(generation: LiveGeneration): void
  /** Some changes may have been missed: all that has not ended has to be read anew. */
  missed(): void
}

export function createStateWatch(deps: {
  tail: Pick<SharedTail, 'watchStates'>
  known: KnownGenerations
  logger: Logger
}): StateWatch {
  const { tail, known, logger } = deps
  const audiences = new Map<string, Set<StateListener>>()
  let waiting: LogRow[] = []
  let telling = false
  /** Counts gaps: what passed by before one must not be told after it. */
  let gaps = 0
  let unwatch: (() => void) | undefined

  function watch(): () => void {
    return tail.watchStates({
      rows(rows) {
        waiting.push(...rows)
        if (!telling) void tellAll()
      },
      missed,
    })
  }

  function missed(): void {
    gaps++
    waiting = []
    for (const audience of audiences.values()) for (const listener of audience) listener.missed()
  }

  /** One after another, because a look-up must not let a later row of the same log pass. */
  async function tellAll(): Promise<void> {
    telling = true
    while (waiting.length > 0) {
      const rows = waiting
      waiting = []
      const before = gaps
      for (const row of rows) if (before === gaps) await tell(row)
    }
    telling = false
  }

  async function tell(row: LogRow): Promise<void> {
    const status = statusAfter(row)
    if (!status || audiences.size === 0) return
    const before = gaps
    try {
      const found = known.find(row.generationId)
      const generation = found instanceof Promise ? await found : found
      if (generation?.purpose !== 'answer' || before !== gaps) return
      const { conversationId, messageId } = generation
      for (const listener of audiences.get(generation.userId) ?? []) {
        listener.changed({ id: row.generationId, conversationId, messageId, status })
      }
    } catch (error) {
      logger.warn(
        { err: error, generationId: row.generationId },
        'a generation could not be looked up; telling all anew',
      )
      missed()
    }
  }

  return {
    listen(userId, listener) {
      let audience = audiences.get(userId)
      if (!audience) audiences.set(userId, (audience = new Set()))
      audience.add(listener)
      unwatch ??= watch()
      return () => {
        const left = audiences.get(userId)
        if (!left?.delete(listener)) return
        if (left.size === 0) audiences.delete(userId)
        if (audiences.size > 0) return
        unwatch?.()
        unwatch = undefined
      }
    },
  }
}

function statusAfter({ type, json }: LogRow): LiveGeneration['status'] | undefined {
  if (type === 'attempt-start') return 'running'
  const event = JSON.parse(json) as GenerationEvent
  if (event.type === 'end') return event.status
  return event.type === 'state' && event.code !== 'connecting' ? event.code : undefined
}
