import type { CancelReceipt } from '#protocol/api/generations.ts'
import { askMock } from '../ask-mock.ts'
import type { ApiClient } from '../call-api.ts'
import { followGeneration } from '../follow-generation.ts'
import { monotonicMs, sleepUntil } from '../monotonic.ts'
import type { MockAnswer } from '../stream/mock-model.ts'
import { createTokenChecker } from '../stream/token-checker.ts'

/** When the answer is cancelled: at once after it was accepted, before its first token, or while it is written. */
export const MOMENTS = ['at-once', 'waiting', 'writing'] as const
export type Moment = (typeof MOMENTS)[number]

export interface CancelTrial {
  moment: Moment
  stream: number
  /** When the cancel was sent, on the clock of the machine. */
  sentMs: number
  /** From there to the receipt, and to the end of the answer as a follower sees it. */
  receiptMs: number
  endMs: number
  /** Whether the receipt said when the upstream was closed. */
  receiptTellsClose: boolean
  faults: readonly string[]
}

const TOKENS = 100_000
const TOKENS_PER_SECOND = 200
/** Longer than any trial. */
const SILENCE_MS = 60_000
/** From `connecting` in the log until the request has surely arrived at the mock. */
const CONNECT_MS = 30
const CAP_MS = 15_000

/** Asks, waits for the moment, cancels, and follows to the end. */
export async function tryCancel(api: ApiClient, port: number, stream: number, moment: Moment): Promise<CancelTrial> {
  const answer: MockAnswer = { stream, tokens: TOKENS, rate: TOKENS_PER_SECOND }
  if (moment === 'waiting') answer.waitMs = SILENCE_MS
  const { generationId } = await askMock(api, answer)
  const checker = createTokenChecker(stream, TOKENS)
  const started = Promise.withResolvers<void>()
  const ended = Promise.withResolvers<{ atMs: number; status: string }>()
  // Not always at the same place of the answer.
  const wanted = 1 + (stream % 16)
  const frames = followGeneration(port, generationId, undefined, {
    event(event, receivedMs) {
      if (event.type === 'text-delta') checker.accept(event.text)
      const connecting = event.type === 'state' && event.code === 'connecting'
      if (moment === 'writing' ? checker.received() >= wanted : connecting) started.resolve()
      if (event.type === 'end') ended.resolve({ atMs: receivedMs, status: event.status })
    },
    over(reason) {
      if (reason !== undefined) ended.reject(new Error(reason))
    },
  })
  // Whoever waits for it says so; until then it is nobody's.
  ended.promise.catch(() => {})
  const timer = setTimeout(() => ended.reject(new Error(`no end within ${CAP_MS} ms`)), CAP_MS)
  try {
    if (moment !== 'at-once') await Promise.race([started.promise, ended.promise])
    if (moment === 'waiting') await sleepUntil(monotonicMs() + CONNECT_MS)
    const sentMs = monotonicMs()
    const receipt = await api.call<CancelReceipt>('POST', `/api/v1/generations/${generationId}/cancel`)
    const receiptMs = monotonicMs() - sentMs
    const end = await ended.promise
    const faults = [...checker.faults()]
    if (end.status !== 'cancelled') faults.push(`stream ${stream}: ended as ${end.status}`)
    const receiptTellsClose = receipt.upstreamClosedAt !== null
    return { moment, stream, sentMs, receiptMs, endMs: end.atMs - sentMs, receiptTellsClose, faults }
  } finally {
    clearTimeout(timer)
    frames.close()
  }
}
