import type { SendReply } from '#protocol/api/messages.ts'
import type { Cursor } from '#protocol/cursor.ts'
import type { Answer } from '#protocol/messages.ts'
import type { EditedTurn, NewTurn, Store } from './store.ts'

type TextParts = { type: 'text'; text: string }[]

/** A call of a person's client, or of whoever writes the answers. */
export type TreeCall =
  | { kind: 'send'; turn: Omit<NewTurn, 'userId' | 'now'> }
  | { kind: 'editTurn'; id: string; revision: number | null; parts: TextParts }
  | { kind: 'withdraw'; id: string }
  | { kind: 'withdrawAll'; conversationId: string }
  | { kind: 'order'; conversationId: string; ids: string[] }
  | { kind: 'continue'; conversationId: string }
  | { kind: 'choose'; conversationId: string; leafId: string }
  | { kind: 'rename'; conversationId: string; title: string }
  | { kind: 'delete'; conversationId: string }
  | { kind: 'restore'; conversationId: string }
  /** `seenStep`: when the client that marks looked; only the model goes by it. */
  | { kind: 'markRead'; conversationId: string; upTo: number; seenStep: number }
  | { kind: 'cancel'; generationId: string }
  | { kind: 'pause'; generationId: string; at: Cursor | null }
  | { kind: 'settle'; generationId: string; answer: Answer }

export type TreeAnswer =
  | { ok: true; repeated: boolean; response: SendReply }
  | { ok: true; edited: { id: string; state: string; parts: TextParts } }
  | { ok: false; reason: string; parentId?: string }
  | { value: unknown }

/** Makes a call. Answers are reduced to what the model predicts. */
export async function performOnTree(store: Store, userId: string, call: TreeCall, now: number): Promise<TreeAnswer> {
  switch (call.kind) {
    case 'send': {
      const result = await store.startTurn({ ...call.turn, userId, now })
      return result.ok ? { ...result, response: JSON.parse(result.response) as SendReply } : result
    }
    case 'editTurn': {
      const { id, revision, parts } = call
      return reduceEdited(await store.editQueuedTurn(userId, id, { parts, ...(revision !== null && { revision }) }))
    }
    case 'withdraw':
      return reduceEdited(await store.withdrawQueuedTurn(userId, call.id))
    case 'withdrawAll':
      return { value: await store.withdrawQueue(userId, call.conversationId) }
    case 'order':
      return { value: (await store.orderQueue(userId, call.conversationId, call.ids))?.map(({ id }) => id) }
    case 'continue':
      return { value: await store.continueQueue(userId, call.conversationId, now) }
    case 'choose': {
      const change = { activeLeafId: call.leafId, now }
      return { value: (await store.updateConversation(userId, call.conversationId, change)) !== undefined }
    }
    case 'rename': {
      const changed = await store.updateConversation(userId, call.conversationId, { title: call.title, now })
      return { value: changed?.title }
    }
    case 'delete':
      return { value: await store.deleteConversation(userId, call.conversationId, now) }
    case 'restore':
      return { value: (await store.restoreConversation(userId, call.conversationId, now)) !== undefined }
    case 'markRead':
      return { value: (await store.markRead(userId, call.conversationId, call.upTo))?.unread }
    case 'cancel':
      return { value: await store.requestCancel(userId, call.generationId, { at: now, by: 'user' }) }
    case 'pause':
      return { value: (await store.setPause(userId, call.generationId, call.at))?.pausedAt }
    case 'settle':
      return { value: await store.settle(call.generationId, call.answer, now) }
  }
}

function reduceEdited(edited: EditedTurn): TreeAnswer {
  if (!edited.ok) return edited
  const { id, state, parts } = edited.turn
  // Nothing else is ever asked in these histories.
  return { ok: true, edited: { id, state, parts: parts as TextParts } }
}
