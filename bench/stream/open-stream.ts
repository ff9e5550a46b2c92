import type { MockAnswer } from './mock-model.ts'
import { openFrames } from './open-frames.ts'
import { createTokenChecker } from './token-checker.ts'
import type { WireFormat } from './wire-format.ts'

export interface StreamTarget {
  port: number
  format: WireFormat
  conversationId: string | undefined
}

export interface StreamListener {
  /** Tokens came; `sentMs` are their send times. */
  tokens(sentMs: readonly number[], receivedMs: number): void
  /** The stream is over; `problems` is empty when it brought each token once, in order, and its end. Called once. */
  over(problems: readonly string[]): void
}

/** Opens one stream over a connection of its own and checks it to its end. The returned function gives it up. */
export function openStream(target: StreamTarget, answer: MockAnswer, listener: StreamListener): () => void {
  const { port, format, conversationId } = target
  const checker = createTokenChecker(answer.stream, answer.tokens)
  let isOver = false

  function finish(problem?: string): void {
    if (isOver) return
    isOver = true
    frames.close()
    checker.end()
    listener.over(
      problem === undefined ? checker.faults() : [`stream ${answer.stream}: ${problem}`, ...checker.faults()],
    )
  }

  const frames = openFrames(
    { port, method: 'POST', ...format.request(answer, conversationId) },
    {
      frame(frame, receivedMs) {
        const tokens = format.text(frame)
        if (tokens !== '') listener.tokens(checker.accept(tokens), receivedMs)
        const ending = format.ending(frame)
        if (ending) finish(ending === 'failed' ? frame.slice(0, 300) : undefined)
      },
      over: finish,
    },
  )
  return () => finish('not over in time')
}
