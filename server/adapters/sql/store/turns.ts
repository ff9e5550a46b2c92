import { sql } from 'kysely'
import { plainTitle } from '#protocol/plain-title.ts'
import { sentDocument } from '#server/domain/sent-document.ts'
import { plainText, type MessagePart } from '#protocol/messages.ts'
import type { NewQuestion, NewTurn, RepeatedTurn, StartTurnResult, Store } from '#server/ports/store.ts'
import type { SqlContext } from '../sql-context.ts'
import { change, first, type Transaction } from '../transaction.ts'
import type { TransactionsOf } from '../transactions-of.ts'
import { enqueueTurn } from './enqueue-turn.ts'
import { followRetry } from './advance-queue.ts'
import { insertAnswer, insertQuestion } from './insert-turn.ts'
import { answersOf, placeOf, type Place } from './queue-place.ts'
import { raiseRevision } from './revisions.ts'

type Refusal = Extract<StartTurnResult, { ok: false }>
/** The question as it stands in the tree, or is about to. */
interface StandingQuestion {
  id: string
  parentId: string | null
  parts: MessagePart[]
  createdAt: number
}

export function createTurnStore(context: SqlContext): TransactionsOf<Pick<Store, 'startTurn' | 'answerBefore'>> {
  const { db } = context
  return {
    answerBefore,

    *startTurn(turn) {
      const { userId, conversationId, idempotency, question } = turn
      const before = idempotency && (yield* answerBefore(userId, idempotency.key, idempotency.bodyHash))
      if (before) return before
      const conversation = db.selectFrom('conversation').select('id').where('id', '=', conversationId)
      const visible = conversation.where('user_id', '=', userId).where('deleted_at', 'is', null)
      if (!(yield* first(visible))) return { ok: false, reason: 'unknown-conversation' }
      const result = question.kind === 'new' ? yield* askNew(turn, question) : yield* askAgain(turn, question.id)
      if (typeof result !== 'string') return result
      if (idempotency) yield* remember(turn, idempotency, result)
      return { ok: true, repeated: false, response: result }
    },
  }

  function* answerBefore(userId: string, key: string, bodyHash: string): Transaction<RepeatedTurn | undefined> {
    const query = db.selectFrom('idempotency').select(['body_hash', 'response']).where('user_id', '=', userId)
    const before = yield* first(query.where('key', '=', key))
    if (!before) return undefined
    if (before.body_hash !== bodyHash) return { ok: false, reason: 'key-reused' }
    return { ok: true, repeated: true, response: before.response }
  }

  /** The response, or why there is none. */
  function* askNew(turn: NewTurn, question: NewQuestion): Transaction<string | Refusal> {
    const place = yield* placeFor(turn, question)
    if (place.kind === 'unknown-parent') return { ok: false, reason: 'unknown-parent' }
    if (place.kind === 'wait') return yield* enqueueTurn(context, turn, question, place.anchorId)
    const { id, parts, replaces } = question
    const parentId = place.kind === 'root' ? null : place.parentId
    const revision = yield* raiseRevision(context, turn.userId, turn.conversationId)
    yield* insertQuestion(context, { ...turn, revision }, { id, parentId, parts })
    yield* giveTitle(turn, parts)
    const waitedFor = replaces === undefined ? [] : yield* endedOf(replaces)
    return yield* answer(turn, { id, parentId, parts, createdAt: turn.now }, revision, waitedFor)
  }

  /** An edit stands where the question stands, whatever waits there. */
  function* placeFor(turn: NewTurn, question: NewQuestion): Transaction<Place> {
    const { replaces, parentId } = question
    if (replaces === undefined) return yield* placeOf(context, turn, question)
    return typeof parentId === 'string' ? { kind: 'after', parentId } : { kind: 'root' }
  }

  function* askAgain(turn: NewTurn, questionId: string): Transaction<string | Refusal> {
    const standing = yield* first(
      db
        .selectFrom('message')
        .select(['role', 'parent_id', 'parts_json', 'created_at'])
        .where('id', '=', questionId)
        .where('conversation_id', '=', turn.conversationId)
        .where('user_id', '=', turn.userId),
    )
    if (!standing) return { ok: false, reason: 'unknown-parent' }
    if (standing.role !== 'user') return { ok: false, reason: 'not-a-question' }
    const revision = yield* raiseRevision(context, turn.userId, turn.conversationId)
    const waitedFor = yield* endedOf(questionId)
    const parts = JSON.parse(standing.parts_json) as MessagePart[]
    const question = { id: questionId, parentId: standing.parent_id, parts, createdAt: standing.created_at }
    return yield* answer(turn, question, revision, waitedFor)
  }

  /** What turns are held after that wait for an answer to this question: its ended answers, and itself if compared. */
  function* endedOf(questionId: string): Transaction<string[]> {
    const answers = yield* answersOf(context, questionId)
    return [questionId, ...answers.filter(({ ended_at }) => ended_at !== null).map(({ id }) => id)]
  }

  /** Adds the answers, and lets the turns that were held after `waitedFor` wait for the new one. */
  function* answer(
    turn: NewTurn,
    question: StandingQuestion,
    revision: number,
    waitedFor: readonly string[],
  ): Transaction<string> {
    const { conversationId, userId, answers, now } = turn
    for (const each of answers) yield* insertAnswer(context, { ...turn, revision }, question.id, each)
    const leaf = answers[0]?.messageId ?? question.id
    const update = db.updateTable('conversation').set({ active_leaf_id: leaf, updated_at: now })
    yield* change(update.where('id', '=', conversationId).where('user_id', '=', userId))
    yield* followRetry(context, waitedFor, answers.length > 1 ? question.id : leaf)
    return JSON.stringify(sentDocument({ conversationId, now: question.createdAt, question, answers }))
  }

  /** Until a model or a person finds a better one. */
  function* giveTitle({ conversationId }: NewTurn, parts: NewQuestion['parts']): Transaction<void> {
    const title = plainTitle(plainText(parts))
    const update = db.updateTable('conversation').set({ title, title_source: 'plain' }).where('id', '=', conversationId)
    if (title !== '') yield* change(update.where(sql<boolean>`title_source = 'none'`))
  }

  function* remember(
    { userId, now }: NewTurn,
    { key, bodyHash }: NonNullable<NewTurn['idempotency']>,
    response: string,
  ): Transaction<void> {
    const row = { user_id: userId, key, body_hash: bodyHash, response, created_at: now }
    yield* change(db.insertInto('idempotency').values(row))
  }
}
