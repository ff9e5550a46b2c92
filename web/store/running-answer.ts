import { createStore, type StoreApi } from 'zustand/vanilla'
import { ClientError } from '#client/client-error.ts'
import type { MillraceClient } from '#client/create-millrace-client.ts'
import type { Followed } from '#client/follow.ts'
import { emptyAnswer, fold } from '#protocol/fold.ts'
import type { Answer } from '#protocol/messages.ts'
import { createPublisher, PAGE_TIMING, type PublisherTiming } from './publisher.ts'

/** What the page shows of one answer while it is written. A new object at every publish. */
export interface RunningView {
  answer: Answer
  connection: 'connecting' | 'open' | 'lost'
  /** How many of this person's answers are to be written before it; undefined unless it is queued and the server said. */
  queuedBefore: number | undefined
  /** When the newest event was logged, milliseconds UTC; undefined before the first. */
  lastEventAt: number | undefined
  /** Stop was pressed and the end is not yet in the log. */
  stopping: boolean
  ended: boolean
  /** Set when the answer cannot be followed any more. */
  error: ClientError | undefined
}

export interface RunningAnswer {
  generationId: string
  store: StoreApi<RunningView>
  /** Follows the log for as long as somebody is attached; taking it up again goes on at the last cursor. */
  attach: () => () => void
  /** Asks the server to stop the model. Throws `ClientError` when the wish could not be delivered. */
  stop: () => Promise<void>
}

export interface RunningAnswerOptions {
  generationId: string
  client: Pick<MillraceClient, 'follow' | 'cancel'>
  /** Called once with the final answer, after it was published. */
  onEnd: (answer: Answer) => void
  /** Called when following failed for good. */
  onLost?: (error: ClientError) => void
  timing?: PublisherTiming
  /** How long to go on following after the last one detached, so that a quick return finds it running. */
  lingerMs?: number
}

const BEFORE: RunningView = {
  answer: emptyAnswer(),
  connection: 'connecting',
  queuedBefore: undefined,
  lastEventAt: undefined,
  stopping: false,
  ended: false,
  error: undefined,
}

/** One answer that is being written, kept outside React: events are folded as they come and published in rounds. */
export function createRunningAnswer(options: RunningAnswerOptions): RunningAnswer {
  const { generationId, client, timing = PAGE_TIMING, lingerMs = 1500 } = options
  const store = createStore<RunningView>(() => BEFORE)
  let view = BEFORE
  let cursor: string | undefined
  let attached = 0
  let leaving: unknown
  let following: AbortController | undefined
  const publisher = createPublisher(() => store.setState(view, true), timing)

  const change = (patch: Partial<RunningView>) => {
    view = { ...view, ...patch }
    publisher.mark()
  }

  const take = (followed: Followed) => {
    if (followed.type === 'event') {
      cursor = followed.cursor
      view = foldView(view, followed)
      publisher.mark()
    } else if (followed.type === 'queued') change({ queuedBefore: followed.position })
    else if (followed.type === 'connection') change({ connection: followed.state })
    else {
      cursor = undefined
      change({ ...BEFORE, connection: view.connection, stopping: view.stopping })
    }
  }

  const run = async (signal: AbortSignal) => {
    try {
      for await (const followed of client.follow(generationId, { after: cursor, signal })) take(followed)
    } catch (cause) {
      if (signal.aborted) return
      const error = cause instanceof ClientError ? cause : new ClientError('bad-response', { cause })
      change({ error })
      publisher.flush()
      options.onLost?.(error)
      return
    }
    if (signal.aborted || view.ended || !isEnded(view.answer)) return
    change({ ended: true, stopping: false })
    publisher.flush()
    options.onEnd(view.answer)
  }

  const start = () => {
    if (view.ended || following) return
    const controller = new AbortController()
    following = controller
    void run(controller.signal).finally(() => {
      if (following === controller) following = undefined
    })
  }

  return {
    generationId,
    store,
    attach() {
      attached += 1
      timing.clearTimer(leaving)
      start()
      let here = true
      return () => {
        if (!here) return
        here = false
        attached -= 1
        if (attached > 0) return
        leaving = timing.setTimer(() => {
          following?.abort()
          following = undefined
        }, lingerMs)
      }
    },
    async stop() {
      change({ stopping: true })
      publisher.flush()
      try {
        await client.cancel(generationId)
      } catch (error) {
        change({ stopping: false })
        throw error
      }
    },
  }
}

function foldView(view: RunningView, { event }: Extract<Followed, { type: 'event' }>): RunningView {
  return { ...view, answer: fold(view.answer, event), queuedBefore: undefined, lastEventAt: event.at }
}

function isEnded(answer: Answer): boolean {
  return answer.status === 'completed' || answer.status === 'failed' || answer.status === 'cancelled'
}
