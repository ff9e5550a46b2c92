import type { Sent } from '#protocol/api/messages.ts'
import type { GenerationParameters, GenerationRequest, OnDisconnect } from '#server/domain/generation.ts'
import type { Clock } from '#server/ports/clock.ts'
import type { Doorbell } from '#server/ports/doorbell.ts'
import type { EventLog } from '#server/ports/event-log.ts'
import type { MessageRow, NewTurn, Store } from '#server/ports/store.ts'
import { toMessageView } from './message-view.ts'
import type { KeyedRequest } from './repeated-turn.ts'
import type { KnownProvider, ResolvedModel } from './resolve-model.ts'
import { toSentTurn, type SentTurn } from './sent-turn.ts'
import { settleSealed } from './settle-sealed.ts'
import { turnRefusal } from './turn-refusal.ts'

export interface TurnDependencies {
  store: Store
  log: EventLog
  doorbell: Doorbell
  clock: Clock
  settings: {
    defaultModel: string
    allowUnlistedModels: boolean
    limits: { maxMessageCharacters: number; maxModelsPerQuestion: number }
  }
  providers: readonly KnownProvider[]
}

export interface Turn {
  userId: string
  now: number
  /** The message to answer, as it stands or will stand. */
  question: MessageRow
  isNew: boolean
  models: readonly ResolvedModel[]
  systemPrompt: string | undefined
  parameters: GenerationParameters
  onDisconnect: OnDisconnect
  idempotency: KeyedRequest | undefined
}

/** Writes a question, one answer placeholder for each model and their queued generations, and calls the workers. */
export async function startTurn(deps: TurnDependencies, turn: Turn): Promise<SentTurn> {
  const { userId, now, question, isNew } = turn
  const answers = turn.models.map((model) => ({
    messageId: deps.clock.newId(),
    generationId: deps.clock.newId(),
    request: freeze(turn, model),
  }))
  const sent: Sent = {
    message: toMessageView(question),
    generations: answers.map(({ messageId, generationId, request }) => ({
      id: generationId,
      status: 'queued',
      model: request.requestedModel,
      messageId,
    })),
  }
  const json = JSON.stringify(sent)
  const row: NewTurn = {
    userId,
    conversationId: question.conversationId,
    now,
    origin: 'native',
    question: isNew
      ? { kind: 'new', id: question.id, parentId: question.parentId, parts: question.parts }
      : { kind: 'existing', id: question.id },
    answers,
    groupId: answers.length > 1 ? deps.clock.newId() : null,
    onDisconnect: turn.onDisconnect,
  }
  if (turn.idempotency) row.idempotency = { ...turn.idempotency, response: json }
  const start = () => deps.store.startTurn(row, () => deps.doorbell.ring({ kind: 'jobs' }))
  let result = await start()
  if (!result.ok && result.reason === 'parent-not-answered' && (await settleParent(deps, turn))) result = await start()
  if (!result.ok) throw turnRefusal(result.reason)
  return result.repeated ? toSentTurn(result.response) : { sent, json }
}

/** Who has just read the end of the answer before may ask on, though its message does not say so yet. */
async function settleParent(deps: TurnDependencies, { userId, question }: Turn): Promise<boolean> {
  const parent = question.parentId === null ? undefined : await deps.store.getMessage(userId, question.parentId)
  return parent?.generation ? (await settleSealed(deps, parent.generation.id)) !== undefined : false
}

function freeze(turn: Turn, model: ResolvedModel): GenerationRequest {
  const { systemPrompt, parameters, question } = turn
  const request: GenerationRequest = { ...model, parameters, branch: { leafId: question.id } }
  if (systemPrompt !== undefined) request.systemPrompt = systemPrompt
  return request
}
