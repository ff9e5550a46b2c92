import type { SendMessage } from '#protocol/api/messages.ts'
import { RequestError } from '#server/domain/errors.ts'
import type { OnDisconnect } from '#server/domain/generation.ts'
import type { MessageRow } from '#server/ports/store.ts'
import { toFrozenOptions } from './generation-options.ts'
import { keyRequest, repeatedTurn } from './repeated-turn.ts'
import { resolveModel } from './resolve-model.ts'
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
  const { userId, conversationId, body, idempotencyKey, onDisconnect } = input
  const idempotency = keyRequest(idempotencyKey, { conversationId, body })
  const before = await repeatedTurn(deps.store, userId, idempotency)
  if (before) return before
  checkText(body, deps.settings.limits.maxMessageCharacters)
  const naming = {
    catalogue: await deps.store.readCatalogue(),
    providers: deps.providers,
    allowUnlistedModels: deps.settings.allowUnlistedModels,
  }
  const models = namedModels(body, deps.settings).map((name) => resolveModel(name, naming))
  const now = deps.clock.now()
  const question: MessageRow = {
    id: deps.clock.newId(),
    conversationId,
    parentId: body.parentId ?? null,
    role: 'user',
    parts: body.parts,
    createdAt: now,
    generation: null,
    answer: null,
  }
  return startTurn(deps, {
    userId,
    now,
    question,
    isNew: true,
    models,
    ...toFrozenOptions(body.options),
    onDisconnect,
    idempotency,
  })
}

function checkText({ parts }: SendMessage, maxCharacters: number): void {
  const characters = parts.reduce((sum, part) => sum + part.text.length, 0)
  if (parts.every((part) => part.text.trim() === '')) {
    throw new RequestError('empty-message', 'Write something first: the message holds no text.')
  }
  if (characters > maxCharacters) {
    const detail = `The message has ${characters} characters; at most ${maxCharacters} can be sent at once.`
    throw new RequestError('message-too-long', detail, { characters, limit: maxCharacters })
  }
}

function namedModels({ model, models }: SendMessage, settings: TurnDependencies['settings']): string[] {
  if (model !== undefined && models !== undefined) {
    const detail = 'body.model: name one model in "model", or several in "models", not both.'
    throw new RequestError('invalid-request', detail, { field: 'body.model' })
  }
  const names = models ?? [model ?? settings.defaultModel]
  const limit = settings.limits.maxModelsPerQuestion
  if (names.length > limit) {
    const detail = `${names.length} models were named; one question can go to at most ${limit}.`
    throw new RequestError('too-many-models', detail, { models: names.length, limit })
  }
  return names
}
