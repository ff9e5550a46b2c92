import type { EditMessage, SendMessage } from '#protocol/api/messages.ts'
import { RequestError } from '#server/domain/errors.ts'
import type { OnDisconnect } from '#server/domain/generation.ts'
import { toFrozenOptions } from './generation-options.ts'
import { placeToolResults } from './place-tool-results.ts'
import { hasToolResults, toQuestionParts } from './question-parts.ts'
import { keyRequest, repeatedTurn, type KeyedRequest } from './repeated-turn.ts'
import { resolveModels } from './resolve-models.ts'
import type { SentTurn } from './sent-turn.ts'
import { startTurn, type TurnDependencies } from './start-turn.ts'

export interface SendMessageInput {
  userId: string
  conversationId: string
  body: SendMessage
  idempotencyKey: string | undefined
  onDisconnect: OnDisconnect
}

/** Asks one model, or several side by side, a new question. */
export async function sendMessage(deps: TurnDependencies, input: SendMessageInput): Promise<SentTurn> {
  const { userId, conversationId, body, idempotencyKey } = input
  const idempotency = keyRequest(idempotencyKey, { conversationId, body })
  const before = await repeatedTurn(deps.store, userId, idempotency)
  if (before) return before
  const { parentId } = body
  return ask(deps, input, { idempotency, ...(parentId !== undefined && { parentId }) })
}

/** Asks a new question in the place that the caller names. */
export async function ask(
  deps: TurnDependencies,
  { userId, conversationId, body, onDisconnect }: Omit<SendMessageInput, 'idempotencyKey'>,
  where: { parentId?: string | null; replaces?: string; idempotency: KeyedRequest | undefined },
): Promise<SentTurn> {
  const { idempotency, ...place } = where
  const parts = await toQuestionParts(deps, userId, body.parts)
  const question = hasToolResults(parts)
    ? await placeToolResults(deps, { userId, conversationId }, { parts, ...place })
    : { parts, ...place }
  return startTurn(deps, {
    userId,
    conversationId,
    now: deps.clock.now(),
    question,
    models: await resolveModels(deps, userId, namedModels(body, deps.settings)),
    ...toFrozenOptions(body.options),
    onDisconnect,
    idempotency,
  })
}

function namedModels({ model, models }: EditMessage, settings: TurnDependencies['settings']): string[] {
  if (model !== undefined && models !== undefined) {
    const detail = 'body.model: name one model in "model", or several in "models", not both.'
    throw new RequestError('invalid-request', detail, { field: 'body.model' })
  }
  return models ?? [model ?? settings.defaultModel]
}
