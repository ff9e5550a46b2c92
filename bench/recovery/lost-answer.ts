import { askMock } from '../ask-mock.ts'
import type { ApiClient } from '../call-api.ts'
import { followGeneration } from '../follow-generation.ts'
import { createTokenChecker } from '../stream/token-checker.ts'

/** One answer, followed from its start to its end through the loss of its worker. Times are on the machine's clock. */
export interface LostAnswer {
  /** Resolves when the first attempt is being written. */
  writing: Promise<void>
  /** Resolves when the answer has ended. */
  ended: Promise<void>
  /** Of the attempt that follows the lost one; undefined for an answer that lost none. */
  recoveringMs: number | undefined
  nextAttemptMs: number | undefined
  nextTokenMs: number | undefined
  faults(): string[]
  leave(): void
}

const TOKENS = 80
const TOKENS_PER_SECOND = 50
const WRITING_TOKENS = 5

/** Asks the mock upstream and follows; every attempt must bring its tokens in order, the last one all of them. */
export async function openLostAnswer(api: ApiClient, port: number, stream: number): Promise<LostAnswer> {
  const { generationId } = await askMock(api, { stream, tokens: TOKENS, rate: TOKENS_PER_SECOND })
  const writing = Promise.withResolvers<void>()
  const ended = Promise.withResolvers<void>()
  const faults: string[] = []
  let checker = createTokenChecker(stream, TOKENS)
  let attempts = 0
  const frames = followGeneration(port, generationId, undefined, {
    event(event, receivedMs) {
      if (event.type === 'state' && event.code === 'recovering') answer.recoveringMs ??= receivedMs
      if (event.type === 'attempt-start') {
        attempts += 1
        if (attempts > 1) answer.nextAttemptMs ??= receivedMs
        if (event.attempt !== attempts) faults.push(`stream ${stream}: attempt ${event.attempt} instead of ${attempts}`)
        faults.push(...checker.faults())
        checker = createTokenChecker(stream, TOKENS)
      }
      if (event.type === 'text-delta') {
        checker.accept(event.text)
        if (attempts > 1) answer.nextTokenMs ??= receivedMs
        if (checker.received() >= WRITING_TOKENS) writing.resolve()
      }
      if (event.type === 'end') {
        checker.end()
        if (event.status !== 'completed') faults.push(`stream ${stream}: ended as ${event.status}`)
      }
    },
    over(reason) {
      if (reason !== undefined) faults.push(`stream ${stream}: ${reason}`)
      writing.resolve()
      ended.resolve()
    },
  })
  const answer: LostAnswer = {
    writing: writing.promise,
    ended: ended.promise,
    recoveringMs: undefined,
    nextAttemptMs: undefined,
    nextTokenMs: undefined,
    faults: () => [...faults, ...checker.faults()],
    leave: () => frames.close(),
  }
  return answer
}
