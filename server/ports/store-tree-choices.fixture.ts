import fc from 'fast-check'
import { emptyAnswer } from '#protocol/fold.ts'
import type { Answer } from '#protocol/messages.ts'
import { ANSWER_REQUEST } from './store-scene.ts'
import type { TreeCall } from './store-tree-calls.fixture.ts'
import { isUnnamed, partsOf, whyHeld, type MessageModel, type TreeModel } from './store-tree-model.fixture.ts'
import type { TreeReader } from './store-tree-reader.fixture.ts'

/** What a random call is made from: what its client saw last, and what is under way. */
export interface TreeWorld {
  model: TreeModel
  client: TreeReader
  newId(): string
  /** Sends with a key, as they were made. */
  keyed: Extract<TreeCall, { kind: 'send' }>['turn'][]
}

/** A random call that is made concrete when its turn comes; undefined when there is nothing to call it with. */
export type TreeChoice = (world: TreeWorld) => TreeCall | undefined

const MODELS = ['demo/chat', 'demo/other']
const any = fc.nat(999)
// One conversation is busy, so that much happens to one queue; the other one is there to be mixed up with it.
const where = fc.constantFrom(0, 0, 0, 0, 0, 1)
const recent = fc.oneof({ weight: 3, arbitrary: fc.constant(-1) }, { weight: 2, arbitrary: any })
const parent = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('seen' as const), which: recent }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('turn' as const), which: any }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('comparison' as const), which: recent }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('absent' as const), which: any }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('root' as const), which: any }) },
)

const send = fc
  .record({ where, parent, models: fc.constantFrom(1, 1, 1, 2), waits: fc.nat(9), key: fc.nat(5) })
  .map(({ where, parent, models, waits, key }): TreeChoice => (world) => {
    const { model, newId } = world
    const conversationId = model.conversations[where]?.id
    if (conversationId === undefined) return undefined
    const named = parentOf(world, parent)
    const id = newId()
    const parts = partsOf(`question ${id}`)
    const question = { kind: 'new' as const, id, parts, ...(named !== undefined && { parentId: named }) }
    const turn = { ...turnOf(world, conversationId, models), question }
    // Who does not say how to wait is told to.
    return keep(world, { ...turn, ...(waits > 0 && { queuedTurnId: newId() }) }, key)
  })

const edit = fc.record({ which: recent, models: fc.constantFrom(1, 1, 2) }).map(({ which, models }): TreeChoice => {
  return (world) => {
    const message = pick(
      seenMessages(world, ({ generation }) => generation === null),
      which,
    )
    if (!message) return undefined
    const { id: replaces, parentId, conversationId } = message
    const id = world.newId()
    const question = { kind: 'new' as const, id, parts: partsOf(`edited ${id}`), parentId, replaces }
    return { kind: 'send', turn: { ...turnOf(world, conversationId, models), question } }
  }
})

const retry = fc
  .record({ which: recent, where, key: fc.nat(5) })
  .map(({ which, where, key }): TreeChoice => (world) => {
    const seen = pick(world.client.seen, which)
    const message = world.model.messages.find(({ id }) => id === seen)
    // Mostly the question of what was seen; now and then an answer or a turn is named, or another conversation.
    const id = key > 0 ? (message?.generation ? message.parentId : message?.id) : seen
    const conversationId = key > 0 ? message?.conversationId : world.model.conversations[where]?.id
    if (id === undefined || id === null || conversationId === undefined) return undefined
    return keep(world, { ...turnOf(world, conversationId, 1), question: { kind: 'existing', id } }, key)
  })

/** The same send again, by someone who does not know whether it arrived; now and then the key is used for another. */
const repeat = fc.record({ which: any, other: fc.nat(4) }).map(({ which, other }): TreeChoice => (world) => {
  const before = pick(world.keyed, which)
  if (!before?.idempotency) return undefined
  const { newId } = world
  const id = newId()
  const question =
    before.question.kind === 'new' ? { ...before.question, id, parts: partsOf(`again ${id}`) } : before.question
  const { key, bodyHash } = before.idempotency
  const idempotency = { key, bodyHash: other === 0 ? 'another' : bodyHash }
  const { answers } = turnOf(world, before.conversationId, before.answers.length)
  return { kind: 'send', turn: { ...before, question, answers, idempotency, queuedTurnId: newId() } }
})

/** Of the turn as it was seen, or as someone still has it who saw it before an edit; or whatever it is now. */
const editTurn = fc.record({ which: recent, age: fc.constantFrom(0, 1, null) }).map(({ which, age }): TreeChoice => {
  return ({ client, model, newId }) => {
    const seen = pick(seenTurns(client), which)
    const id = seen?.id ?? pick(model.turns, which)?.id
    if (id === undefined) return undefined
    const revision = age === null ? null : Math.max(1, (seen?.revision ?? 1) - age)
    return { kind: 'editTurn', id, revision, parts: partsOf(`changed ${newId()}`) }
  }
})

const withdraw = any.map((which): TreeChoice => ({ client, model }) => {
  const id = pick(seenTurns(client), which)?.id ?? pick(model.turns, which)?.id
  return id === undefined ? undefined : { kind: 'withdraw', id }
})

const order = fc
  .record({ where, keys: fc.array(any, { minLength: 8, maxLength: 8 }), fewer: fc.nat(2) })
  .map(({ where, keys, fewer }): TreeChoice => ({ client, model }) => {
    const conversationId = model.conversations[where]?.id
    if (conversationId === undefined) return undefined
    const seen = (client.queues.get(conversationId) ?? []).map(({ id }, index) => ({ id, key: keys[index % 8] ?? 0 }))
    const ids = seen.toSorted((a, b) => a.key - b.key).map(({ id }) => id)
    return { kind: 'order', conversationId, ids: ids.slice(fewer === 0 ? 1 : 0) }
  })

/** Any leaf, or one that decides a comparison for which turns wait. */
const choose = fc
  .record({ which: recent, where: fc.nat(9), decides: fc.boolean() })
  .map(({ which, where, decides }): TreeChoice => (world) => {
    const { model, client } = world
    const anchors = model.turns.filter(({ state }) => state === 'queued').map(({ anchorId }) => anchorId)
    const deciding = seenMessages(world, ({ parentId }) => parentId !== null && anchors.includes(parentId))
    const leafId = decides ? pick(deciding, which)?.id : pick(client.seen, which)
    const own = model.messages.find(({ id }) => id === leafId)?.conversationId
    const conversationId = where === 0 ? model.conversations[1]?.id : own
    return leafId === undefined || conversationId === undefined ? undefined : { kind: 'choose', conversationId, leafId }
  })

const onConversation = fc
  .record({
    where,
    kind: fc.constantFrom('withdrawAll' as const, 'delete' as const, 'restore' as const, 'rename' as const),
  })
  .map(({ where, kind }): TreeChoice => ({ model, newId }) => {
    const conversationId = model.conversations[where]?.id
    if (conversationId === undefined) return undefined
    return kind === 'rename' ? { kind, conversationId, title: newId() } : { kind, conversationId }
  })

/** What is deleted is missed soon. */
const undo = where.map((where): TreeChoice => ({ model }) => {
  const conversation = model.conversations[where]
  return conversation && conversation.deletedAt !== null
    ? { kind: 'restore', conversationId: conversation.id }
    : undefined
})

/** Mostly where something is held. */
const goOn = fc.record({ where, inVain: fc.nat(9) }).map(({ where, inVain }): TreeChoice => ({ model }) => {
  const conversation = model.conversations[where]
  const waiting = model.turns.filter(({ id }) => conversation?.queue.includes(id))
  if (!conversation || (inVain > 0 && waiting.every((turn) => whyHeld(model, turn) === null))) return undefined
  return { kind: 'continue', conversationId: conversation.id }
})

const markRead = where.map((where): TreeChoice => ({ model, client }) => {
  const conversation = client.conversations.get(model.conversations[where]?.id ?? '')
  if (!conversation) return undefined
  return { kind: 'markRead', conversationId: conversation.id, upTo: conversation.revision, seenStep: client.step }
})

const cancelOrPause = fc
  .record({ which: recent, seq: fc.nat(3), kind: fc.nat(2) })
  .map(({ which, seq, kind }): TreeChoice => {
    return (world) => {
      const generationId = pick(
        seenMessages(world, ({ generation }) => generation !== null),
        which,
      )?.generation?.id
      if (generationId === undefined) return undefined
      if (kind === 0) return { kind: 'cancel', generationId }
      return { kind: 'pause', generationId, at: seq === 0 ? null : { epoch: 1, seq } }
    }
  })

/** Mostly of what is being written; also again of what has ended, as a second process does. */
const settle = fc
  .record({
    which: any,
    again: fc.nat(9),
    status: fc.constantFrom(
      'completed' as const,
      'completed' as const,
      'completed' as const,
      'failed' as const,
      'cancelled' as const,
    ),
  })
  .map(({ which, again, status }): TreeChoice => ({ model, newId }) => {
    const answers = model.messages.flatMap(({ generation }) => generation ?? []).filter((each) => !isUnnamed(each))
    const generation = pick(
      answers.filter(({ endedAt }) => (endedAt === null) === again > 0),
      which,
    )
    if (!generation) return undefined
    const answer: Answer = { ...emptyAnswer(), status, parts: partsOf(`answer ${newId()}`) }
    return { kind: 'settle', generationId: generation.id, answer }
  })

export const treeChoice: fc.Arbitrary<TreeChoice> = fc.oneof(
  { weight: 14, arbitrary: send },
  { weight: 12, arbitrary: settle },
  { weight: 3, arbitrary: edit },
  { weight: 4, arbitrary: retry },
  { weight: 2, arbitrary: repeat },
  { weight: 5, arbitrary: editTurn },
  { weight: 2, arbitrary: withdraw },
  { weight: 3, arbitrary: order },
  { weight: 8, arbitrary: choose },
  { weight: 5, arbitrary: goOn },
  { weight: 3, arbitrary: onConversation },
  { weight: 8, arbitrary: undo },
  { weight: 2, arbitrary: markRead },
  { weight: 2, arbitrary: cancelOrPause },
)

function turnOf({ newId }: TreeWorld, conversationId: string, models: number) {
  const answers = Array.from({ length: models }, (_, index) => {
    const requestedModel = MODELS[index] ?? ''
    return { messageId: newId(), generationId: newId(), request: { ...ANSWER_REQUEST, requestedModel } }
  })
  return { conversationId, origin: 'native' as const, answers, groupId: models > 1 ? newId() : null }
}

/** An id, null for the root, undefined for the active leaf: also where nothing was seen so far. */
function parentOf(world: TreeWorld, { kind, which }: { kind: string; which: number }) {
  const { model, client } = world
  if (kind === 'root') return null
  if (kind === 'seen') return pick(client.seen, which)
  if (kind === 'comparison') return pick(seenMessages(world, isCompared), which)?.parentId ?? undefined
  const turns = model.turns.filter(({ id }) => client.seen.includes(id))
  return kind === 'turn' ? pick(turns, which)?.id : undefined
}

function keep(world: TreeWorld, turn: TreeWorld['keyed'][number], key: number): TreeCall {
  if (key > 1) return { kind: 'send', turn }
  const keyed = { ...turn, idempotency: { key: world.newId(), bodyHash: 'body' } }
  world.keyed.push(keyed)
  return { kind: 'send', turn: keyed }
}

function seenMessages({ model, client }: TreeWorld, isWanted: (message: MessageModel) => boolean): MessageModel[] {
  return model.messages.filter((message) => client.seen.includes(message.id) && isWanted(message))
}

function isCompared({ generation }: MessageModel): boolean {
  return generation !== null && generation.groupId !== null
}

function seenTurns({ queues }: TreeReader) {
  return [...queues.values()].flat()
}

function pick<Value>(values: readonly Value[], which: number): Value | undefined {
  return which < 0 ? values.at(-1) : values[which % values.length]
}
