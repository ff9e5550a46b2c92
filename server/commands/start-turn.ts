import { RequestError } from '#server/domain/errors.ts'
import { isSameModel, type OnDisconnect } from '#server/domain/generation.ts'
import type { QueuedRequest } from '#server/domain/queued-turn.ts'
import type { Clock } from '#server/ports/clock.ts'
import type { Doorbell } from '#server/ports/doorbell.ts'
import type { EventLog } from '#server/ports/event-log.ts'
import type { NewQuestion, NewTurn, Store } from '#server/ports/store.ts'
import type { FrozenOptions } from './generation-options.ts'
import { hasToolResults } from './question-parts.ts'
import type { KeyedRequest } from './repeated-turn.ts'
import { resolveFallbacks } from './resolve-fallbacks.ts'
import { resolveModel, type KnownProvider, type ModelNaming, type ResolvedModel } from './resolve-model.ts'
import { readNaming } from './resolve-models.ts'
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
    /** Who writes titles: `none`, the `same` model that answers, or the name of one. */
    titleModel: string
    /** Whom to ask where the model that was asked for fails before its first word. */
    fallbackModels: readonly string[]
    limits: { maxMessageCharacters: number; maxModelsPerQuestion: number }
  }
  providers: readonly KnownProvider[]
}

export interface Turn extends FrozenOptions {
  userId: string
  conversationId: string
  now: number
  /** The message to answer: a new one, or the id of one that stands already. */
  question: Omit<NewQuestion, 'kind' | 'id'> | { standing: string }
  models: readonly ResolvedModel[]
  onDisconnect: OnDisconnect
  idempotency: KeyedRequest | undefined
}

/**
 * Writes a question, one answer placeholder for each model and their queued generations, and calls the workers; or puts
 * the turn into the queue where the answer before is not complete.
 */
export async function startTurn(deps: TurnDependencies, turn: Turn): Promise<SentTurn> {
  const row = rowOf(deps.clock, turn, await freezeRequests(deps, turn.userId, turn, turn.models))
  const start = (change: Partial<NewTurn> = {}) =>
    deps.store.startTurn({ ...row, ...change }, () => deps.doorbell.ring({ kind: 'jobs' }))
  let result = await start()
  if (!result.ok && result.reason === 'parent-not-answered') {
    if (answersTools(turn)) throw waitingBefore()
    // Who has just read the end of the answer before may ask on, though its message does not say so yet.
    await settleAnswer(deps, turn.userId, result.parentId)
    result = await start({ queuedTurnId: deps.clock.newId() })
  }
  if (!result.ok) throw turnRefusal(result.reason)
  return toSentTurn(result.response)
}

function waitingBefore(): RequestError {
  const detail = 'Other messages wait after this answer. Withdraw them, or send them first, and then the tool results.'
  return new RequestError('parent-not-answered', detail)
}

/** Behind another turn it would come after an answer that has not asked for it. */
function answersTools({ question }: Turn): boolean {
  return 'parts' in question && hasToolResults(question.parts)
}

function rowOf(clock: Clock, turn: Turn, requests: readonly QueuedRequest[]): NewTurn {
  const { userId, conversationId, now, question, onDisconnect, idempotency } = turn
  const id = 'standing' in question ? question.standing : clock.newId()
  const row: NewTurn = {
    userId,
    conversationId,
    now,
    origin: 'native',
    question: 'standing' in question ? { kind: 'existing', id } : { kind: 'new', id, ...question },
    answers: requests.map((request) => ({
      messageId: clock.newId(),
      generationId: clock.newId(),
      request: { ...request, branch: { leafId: id } },
    })),
    groupId: requests.length > 1 ? clock.newId() : null,
    onDisconnect,
  }
  if (idempotency) row.idempotency = idempotency
  return row
}

async function settleAnswer(deps: TurnDependencies, userId: string, messageId: string): Promise<void> {
  const answer = await deps.store.getMessage(userId, messageId)
  if (answer?.generation) await settleSealed(deps, answer.generation.id)
}

/** What each model is asked, frozen as it is now. */
export async function freezeRequests(
  deps: Pick<TurnDependencies, 'store' | 'providers' | 'settings'>,
  userId: string,
  { systemPrompt, parameters }: FrozenOptions,
  models: readonly ResolvedModel[],
): Promise<QueuedRequest[]> {
  const { fallbackModels, titleModel } = deps.settings
  const isNamed = fallbackModels.length > 0 || (titleModel !== 'none' && titleModel !== 'same')
  const naming = isNamed ? await readNaming(deps, userId) : undefined
  // Names that mean nothing, or nothing any more, are passed over: the answer itself does not need them yet.
  const chain = naming ? resolveFallbacks(fallbackModels, naming).chain : []
  const titler = titlerOf(titleModel, naming)
  return models.map((model) => {
    const request: QueuedRequest = { ...model, parameters }
    const fallbacks = chain.filter((fallback) => !isSameModel(fallback, model))
    if (fallbacks.length > 0) request.fallbacks = fallbacks
    if (systemPrompt !== undefined) request.systemPrompt = systemPrompt
    if (titler !== 'none') request.title = titler === 'same' ? { ...model } : titler
    return request
  })
}

/** A model for titles that is not to be had leaves them to the one that answers. */
function titlerOf(name: string, naming: ModelNaming | undefined): 'none' | 'same' | ResolvedModel {
  if (name === 'none' || !naming) return name === 'none' ? 'none' : 'same'
  try {
    return name === 'same' ? name : resolveModel(name, naming)
  } catch {
    return 'same'
  }
}
