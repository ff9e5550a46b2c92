import type { CancelReceipt } from '#protocol/api/generations.ts'
import type { Answer, GenerationStatus } from '#protocol/messages.ts'
import { isTerminal } from '#server/domain/states.ts'
import type { Clock } from '#server/ports/clock.ts'
import type { EventLog } from '#server/ports/event-log.ts'
import type { Store } from '#server/ports/store.ts'
import { foldLog } from './fold-log.ts'

/** What can be said now of a generation that someone asked to stop. Of one that has ended it is always the same. */
export async function cancelReceipt(
  deps: { store: Store; log: EventLog; clock: Clock },
  { userId, generationId, acceptedAt }: { userId: string; generationId: string; acceptedAt: number },
): Promise<CancelReceipt> {
  const { state, answer } = await standing(deps, userId, generationId)
  const { upstreamClosedAt, metrics = {} } = answer ?? {}
  return {
    state,
    acceptedAt: new Date(acceptedAt).toISOString(),
    upstreamClosedAt: upstreamClosedAt === undefined ? null : new Date(upstreamClosedAt).toISOString(),
    tokensWritten: metrics.pieces ?? 0,
    tokensBilled: metrics.usage ?? null,
  }
}

async function standing(
  { store, log, clock }: { store: Store; log: EventLog; clock: Clock },
  userId: string,
  generationId: string,
): Promise<{ state: GenerationStatus; answer: Answer | undefined }> {
  const generation = await store.getGeneration(userId, generationId)
  const message = generation?.messageId ? await store.getMessage(userId, generation.messageId) : undefined
  if (message?.answer) return { state: message.answer.status, answer: message.answer }
  // Read after the row: a log that is not sealed yet had no end when the row said so.
  const answer = await foldLog(log, generationId)
  if (!answer || !isTerminal(answer.status)) return { state: generation?.status ?? 'cancelled', answer }
  await store.settle(generationId, answer, clock.now())
  return { state: answer.status, answer }
}
