import type { QueuedTurnView } from '#protocol/api/messages.ts'
import type { UpdateQueuedTurn } from '#protocol/api/queue.ts'
import { RequestError } from '#server/domain/errors.ts'
import { toQueuedTurnView, type QueuedRequest, type QueuedTurn } from '#server/domain/queued-turn.ts'
import { findQueuedTurn, turnRefused, type QueuedTurnPlace } from './find-queued-turn.ts'
import { toFrozenOptions } from './generation-options.ts'
import { hasToolResults, toQuestionParts } from './question-parts.ts'
import { resolveModels } from './resolve-models.ts'
import { freezeRequests, type TurnDependencies } from './start-turn.ts'

/** Changes what a turn that still waits will ask. Only what is named is changed. */
export async function editQueuedTurn(
  deps: TurnDependencies,
  { body, ...place }: QueuedTurnPlace & { body: UpdateQueuedTurn },
): Promise<QueuedTurnView> {
  const { revision } = body
  const turn = await findQueuedTurn(deps.store, place)
  const parts = body.parts && (await toQuestionParts(deps, place.userId, body.parts))
  if (parts && hasToolResults(parts)) {
    const detail = 'Tool results answer a complete answer: send them right after it. A turn that waits cannot hold any.'
    throw new RequestError('unknown-tool-call', detail)
  }
  const requests = await requestsAfter(deps, place.userId, turn, body)
  const edited = await deps.store.editQueuedTurn(place.userId, turn.id, {
    ...(revision !== undefined && { revision }),
    ...(parts && { parts }),
    ...(requests && { requests }),
  })
  if (!edited.ok) throw turnRefused(edited.reason)
  return toQueuedTurnView(edited.turn)
}

async function requestsAfter(
  deps: TurnDependencies,
  userId: string,
  turn: QueuedTurn,
  { models, options }: UpdateQueuedTurn,
): Promise<QueuedRequest[] | undefined> {
  if (!models && !options) return undefined
  const names = models ?? turn.requests.map(({ requestedModel }) => requestedModel)
  const { systemPrompt, parameters = {} } = turn.requests[0] ?? {}
  const frozen = options ? toFrozenOptions(options) : { systemPrompt, parameters }
  return freezeRequests(deps, userId, frozen, await resolveModels(deps, userId, names))
}
