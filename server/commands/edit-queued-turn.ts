import type { QueuedTurnView } from '#protocol/api/messages.ts'
import type { UpdateQueuedTurn } from '#protocol/api/queue.ts'
import { toQueuedTurnView, type QueuedRequest, type QueuedTurn } from '#server/domain/queued-turn.ts'
import { findQueuedTurn, turnRefused, type QueuedTurnPlace } from './find-queued-turn.ts'
import { toFrozenOptions } from './generation-options.ts'
import { resolveModels } from './resolve-models.ts'
import { checkText } from './send-message.ts'
import { freezeRequests, type TurnDependencies } from './start-turn.ts'

/** Changes what a turn that still waits will ask. Only what is named is changed. */
export async function editQueuedTurn(
  deps: TurnDependencies,
  { body, ...place }: QueuedTurnPlace & { body: UpdateQueuedTurn },
): Promise<QueuedTurnView> {
  const { revision, parts } = body
  const turn = await findQueuedTurn(deps.store, place)
  if (parts) checkText(parts, deps.settings.limits.maxMessageCharacters)
  const requests = await requestsAfter(deps, turn, body)
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
  turn: QueuedTurn,
  { models, options }: UpdateQueuedTurn,
): Promise<QueuedRequest[] | undefined> {
  if (!models && !options) return undefined
  const names = models ?? turn.requests.map(({ requestedModel }) => requestedModel)
  const { systemPrompt, parameters = {} } = turn.requests[0] ?? {}
  const frozen = options ? toFrozenOptions(options) : { systemPrompt, parameters }
  return freezeRequests(deps, frozen, await resolveModels(deps, names))
}
