import { plainText } from '#protocol/messages.ts'
import { plainTitle } from '#protocol/plain-title.ts'
import type { TreeAnswer, TreeCall } from './store-tree-calls.fixture.ts'
import {
  addAnswer,
  advance,
  choose,
  continueQueue,
  findPlace,
  follow,
  followNewer,
  restore,
} from './store-tree-lanes.fixture.ts'
import {
  answersTo,
  findMessage,
  findVisible,
  getConversation,
  getMessage,
  isUnread,
  partsOf,
  whyHeld,
  type ConversationModel,
  type TreeModel,
  type TurnModel,
} from './store-tree-model.fixture.ts'
import type { NewQuestion } from './store.ts'

type Call<Kind extends TreeCall['kind']> = Extract<TreeCall, { kind: Kind }>

/** What a call should answer. Changes the model as the call should change the store. */
export function predictTree(model: TreeModel, call: TreeCall): TreeAnswer {
  const conversation = 'conversationId' in call ? findVisible(model, call.conversationId) : undefined
  switch (call.kind) {
    case 'send':
      return send(model, call)
    case 'editTurn':
      return editTurn(model, call)
    case 'withdraw':
      return withdraw(model, call)
    case 'withdrawAll': {
      const waiting = conversation?.queue
      if (!conversation || !waiting) return { value: undefined }
      for (const turn of model.turns) if (waiting.includes(turn.id)) turn.state = 'withdrawn'
      conversation.queue = []
      return { value: waiting.length }
    }
    case 'order': {
      if (!conversation) return { value: undefined }
      const named = call.ids.filter((id) => conversation.queue.includes(id))
      conversation.queue = [...named, ...conversation.queue.filter((id) => !named.includes(id))]
      return { value: [...conversation.queue] }
    }
    case 'continue':
      return { value: conversation && continueQueue(model, conversation) }
    case 'choose':
      return { value: conversation !== undefined && choose(model, conversation, call.leafId) }
    case 'rename':
      if (conversation) Object.assign(conversation, { title: call.title, updatedAt: model.now })
      return { value: conversation?.title }
    case 'delete': {
      const found = model.conversations.find(({ id }) => id === call.conversationId)
      if (found) found.deletedAt ??= model.now
      return { value: found !== undefined }
    }
    case 'restore': {
      const found = model.conversations.find(({ id }) => id === call.conversationId)
      if (found && found.deletedAt !== null) restore(model, found)
      return { value: found !== undefined }
    }
    case 'markRead':
      if (conversation) conversation.readStep = Math.max(conversation.readStep, call.seenStep)
      return { value: conversation && isUnread(conversation) }
    default:
      return predictGeneration(model, call)
  }
}

function predictGeneration(model: TreeModel, call: Call<'cancel' | 'pause' | 'settle'>): TreeAnswer {
  const message = model.messages.find(({ generation }) => generation?.id === call.generationId)
  const generation = message?.generation
  if (!message || !generation) return { value: call.kind === 'settle' ? false : undefined }
  switch (call.kind) {
    case 'cancel': {
      if (generation.endedAt === null) generation.cancelRequestedAt ??= model.now
      const acceptedAt = generation.cancelRequestedAt ?? generation.endedAt
      return { value: { acceptedAt, status: generation.status } }
    }
    case 'pause':
      generation.pausedAt = call.at
      return { value: call.at }
    case 'settle': {
      if (generation.endedAt !== null) return { value: false }
      Object.assign(generation, { status: call.answer.status, endedAt: model.now, answer: call.answer })
      const conversation = getConversation(model, message.conversationId)
      conversation.answeredStep = model.step
      conversation.updatedAt = Math.max(conversation.updatedAt, model.now)
      const complete = call.answer.status === 'completed' ? message.id : followNewer(model, message)
      if (complete !== undefined && conversation.deletedAt === null) advance(model, conversation, complete)
      return { value: true }
    }
  }
}

function send(model: TreeModel, { turn }: Call<'send'>): TreeAnswer {
  const { idempotency, conversationId, question } = turn
  const before = idempotency && model.keys[idempotency.key]
  if (before && before.bodyHash !== idempotency.bodyHash) return { ok: false, reason: 'key-reused' }
  if (before) return { ok: true, repeated: true, response: before.response as never }
  const conversation = findVisible(model, conversationId)
  if (!conversation) return { ok: false, reason: 'unknown-conversation' }
  const answer =
    question.kind === 'new'
      ? sendNew(model, conversation, turn, question)
      : askAgain(model, conversation, turn, question.id)
  if (idempotency && 'response' in answer)
    model.keys[idempotency.key] = { bodyHash: idempotency.bodyHash, response: answer.response }
  return answer
}

function sendNew(
  model: TreeModel,
  conversation: ConversationModel,
  turn: Call<'send'>['turn'],
  question: NewQuestion,
): TreeAnswer {
  const { replaces, parentId = conversation.activeLeafId, id } = question
  const place = replaces === undefined ? findPlace(model, conversation, parentId) : { after: parentId }
  if (!place) return { ok: false, reason: 'unknown-parent' }
  const text = plainText(question.parts)
  if ('waitsFor' in place) return enqueue(model, conversation, turn, { text, anchorId: place.waitsFor })
  const asked = { id, conversationId: conversation.id, parentId: place.after, text }
  model.messages.push({ ...asked, createdAt: model.now, generation: null })
  conversation.title ??= plainTitle(text)
  return ask(model, conversation, turn, id, replaces)
}

function askAgain(
  model: TreeModel,
  conversation: ConversationModel,
  turn: Call<'send'>['turn'],
  questionId: string,
): TreeAnswer {
  const question = findMessage(model, conversation, questionId)
  if (!question) return { ok: false, reason: 'unknown-parent' }
  if (question.generation) return { ok: false, reason: 'not-a-question' }
  return ask(model, conversation, turn, questionId, questionId)
}

/** Adds the answers; what was held behind an answer to the question asked before waits for the new one. */
function ask(
  model: TreeModel,
  conversation: ConversationModel,
  { answers, groupId }: Call<'send'>['turn'],
  questionId: string,
  askedBefore: string | undefined,
): TreeAnswer {
  const earlier = askedBefore === undefined ? [] : answersTo(model, askedBefore)
  const added = answers.map(({ messageId, generationId, request }) => ({ messageId, generationId, request }))
  for (const { messageId: id, generationId, request } of added)
    addAnswer(model, conversation, { id, parentId: questionId, generationId, groupId, name: request.requestedModel })
  const leafId = added[0]?.messageId ?? questionId
  Object.assign(conversation, { activeLeafId: leafId, updatedAt: model.now })
  const ended = earlier.filter(({ generation }) => generation?.endedAt != null).map(({ id }) => id)
  // Of a comparison its question.
  const waitedFor = askedBefore === undefined ? [] : [askedBefore, ...ended]
  for (const id of waitedFor) follow(model, id, added.length > 1 ? questionId : leafId)
  const { text, parentId, createdAt } = getMessage(model, questionId)
  const message = { id: questionId, conversationId: conversation.id, parentId, role: 'user' as const }
  const response = {
    message: { ...message, parts: partsOf(text), createdAt: toIso(createdAt), generation: null, answer: null },
    generations: added.map(({ messageId, generationId: id, request: { requestedModel: name } }) => {
      return { id, status: 'queued' as const, model: name, pausedAt: null, messageId }
    }),
  }
  return { ok: true, repeated: false, response }
}

function enqueue(
  model: TreeModel,
  conversation: ConversationModel,
  { queuedTurnId: id, conversationId, answers }: Call<'send'>['turn'],
  { text, anchorId }: { text: string; anchorId: string },
): TreeAnswer {
  if (id === undefined) return { ok: false, reason: 'parent-not-answered', parentId: anchorId }
  const models = answers.map(({ request }) => request.requestedModel)
  const createdAt = model.now
  const turn: TurnModel = {
    ...{ id, conversationId, text, models, revision: 1, createdAt },
    ...{ state: 'queued', anchorId, messageId: null },
  }
  model.turns.push(turn)
  conversation.queue.push(id)
  conversation.updatedAt = model.now
  const parts = partsOf(text)
  const view = { id, conversationId, parts, models, createdAt: toIso(createdAt), revision: 1, waitsFor: anchorId }
  return { ok: true, repeated: false, response: { queued: { ...view, held: whyHeld(model, turn) } } }
}

/** Why a turn cannot be changed any more, if so. */
function findChangeable(model: TreeModel, id: string): TurnModel | Extract<TreeAnswer, { ok: false }> {
  const turn = model.turns.find((each) => each.id === id)
  if (!turn || !findVisible(model, turn.conversationId)) return { ok: false, reason: 'unknown-queued-turn' }
  return turn.state === 'sent' ? { ok: false, reason: 'turn-sent' } : turn
}

function editTurn(model: TreeModel, { id, revision, parts }: Call<'editTurn'>): TreeAnswer {
  const turn = findChangeable(model, id)
  if ('ok' in turn) return turn
  if (turn.state === 'withdrawn') return { ok: false, reason: 'turn-withdrawn' }
  if (revision !== null && revision !== turn.revision) return { ok: false, reason: 'turn-changed' }
  turn.revision++
  turn.text = plainText(parts)
  return { ok: true, edited: { id, state: 'queued', parts } }
}

function withdraw(model: TreeModel, { id }: Call<'withdraw'>): TreeAnswer {
  const turn = findChangeable(model, id)
  if ('ok' in turn) return turn
  turn.state = 'withdrawn'
  const conversation = getConversation(model, turn.conversationId)
  conversation.queue = conversation.queue.filter((waiting) => waiting !== id)
  return { ok: true, edited: { id, state: 'withdrawn', parts: partsOf(turn.text) } }
}

function toIso(time: number): string {
  return new Date(time).toISOString()
}
