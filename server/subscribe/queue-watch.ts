import type { JobQueue } from '#server/ports/job-queue.ts'
import type { Logger } from '#server/domain/logger.ts'

const POLL_MS = 1_000

export interface QueueWatch {
  /**
   * Calls `onPosition` with the number of jobs before this one: soon, and on every change, until the job leaves the queue
   * or the returned function is called. One poll serves all who watch; nobody watching, no timer.
   */
  watch(generationId: string, onPosition: (position: number) => void): () => void
}

interface Watcher {
  generationId: string
  onPosition: (position: number) => void
  last: number | undefined
}

export function createQueueWatch(deps: { queue: JobQueue; logger: Logger }): QueueWatch {
  const { queue, logger } = deps
  const watchers = new Set<Watcher>()
  let timer: NodeJS.Timeout | undefined
  let polling = false

  async function poll(): Promise<void> {
    if (polling) return
    polling = true
    // Whoever waits for the same generation is told by one look.
    const positions = new Map<string, Promise<number | undefined>>()
    for (const watcher of watchers) {
      const { generationId } = watcher
      const position = positions.get(generationId) ?? queue.position(generationId)
      positions.set(generationId, position)
      await tell(watcher, position)
    }
    polling = false
  }

  async function tell(watcher: Watcher, asked: Promise<number | undefined>): Promise<void> {
    try {
      const position = await asked
      if (!watchers.has(watcher) || position === watcher.last) return
      if (position === undefined) return remove(watcher)
      watcher.last = position
      watcher.onPosition(position)
    } catch (error) {
      logger.warn({ err: error, generationId: watcher.generationId }, 'the place in the queue could not be read')
      remove(watcher)
    }
  }

  function remove(watcher: Watcher): void {
    watchers.delete(watcher)
    if (watchers.size > 0) return
    clearInterval(timer)
    timer = undefined
  }

  return {
    watch(generationId, onPosition) {
      const watcher: Watcher = { generationId, onPosition, last: undefined }
      watchers.add(watcher)
      timer ??= setInterval(() => void poll(), POLL_MS).unref()
      void tell(watcher, queue.position(generationId))
      return () => remove(watcher)
    },
  }
}
