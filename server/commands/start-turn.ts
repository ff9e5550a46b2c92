import { createHash } from 'node:crypto'
import type { ProblemCode } from '#protocol/api/problem.ts'
import { Sent } from '#protocol/api/messages.ts'
import { RequestError } from '#server/domain/errors.ts'
import type { GenerationParameters, GenerationRequest } from '#server/domain/generation.ts'
import type { Clock } from '#server/ports/clock.ts'
import type { Doorbell } from '#server/ports/doorbell.ts'
import type { MessageRow, NewTurn, StartTurnResult, Store } from '#server/ports/store.ts'
import { canonicalJson } from './canonical-json.ts'
import { toMessageView } from './message-view.ts'
import type { KnownProvider, ResolvedModel } from './resolve-model.ts'

export interface TurnDependencies {
  store: Store
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
  idempotency: { key: string; request: unknown } | undefined
}

/** What a send is answered with; a repeat of the same send gets the same text. */
export interface SentTurn {
  sent: Sent
  json: string
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
  }
  if (turn.idempotency) {
    const { key, request } = turn.idempotency
    row.idempotency = { key, bodyHash: hash(request), response: json }
  }
  const result = await deps.store.startTurn(row, () => deps.doorbell.ring({ kind: 'jobs' }))
  if (!result.ok) throw refusal(result.reason)
  if (result.repeated) return { json: result.response, sent: Sent.parse(JSON.parse(result.response)) }
  return { sent, json }
}

function freeze(turn: Turn, model: ResolvedModel): GenerationRequest {
  const { systemPrompt, parameters, question } = turn
  const request: GenerationRequest = { ...model, parameters, branch: { leafId: question.id } }
  if (systemPrompt !== undefined) request.systemPrompt = systemPrompt
  return request
}

function hash(request: unknown): string {
  return createHash('sha256').update(canonicalJson(request)).digest('base64url')
}

type Refusal = Extract<StartTurnResult, { ok: false }>['reason']

const REFUSALS: Record<Refusal, { code: ProblemCode; detail: string }> = {
  'unknown-conversation': {
    code: 'unknown-conversation',
    detail: 'There is no such conversation, or it was deleted. Create one first.',
  },
  'unknown-parent': {
    code: 'unknown-parent',
    detail: 'The parentId names no message of this conversation. Use the id of its last answer, or null to start anew.',
  },
  'parent-not-answered': {
    code: 'parent-not-answered',
    detail: 'The answer before is still being written. Wait for it to end, or stop it.',
  },
  'not-a-question': { code: 'not-a-question', detail: 'Only a question, or the answer to one, can be asked again.' },
  'key-reused': {
    code: 'idempotency-key-reused',
    detail: 'This Idempotency-Key was already used for another request. Use a new key for every new message.',
  },
}

function refusal(reason: Refusal): RequestError {
  const { code, detail } = REFUSALS[reason]
  return new RequestError(code, detail)
}
